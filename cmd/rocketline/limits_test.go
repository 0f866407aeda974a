package main

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
)

func TestWhoCallsTooOftenIsTold429AndWhen(t *testing.T) {
	t.Parallel()
	const allowed = 3
	for limit, flags := range map[string][]string{
		"visitor": {"--visitor-rate=0.01", "--visitor-burst=" + strconv.Itoa(allowed)},
		"address": {"--address-rate=0.01", "--address-burst=" + strconv.Itoa(allowed)},
	} {
		t.Run(limit, func(t *testing.T) {
			t.Parallel()
			_, at := startDemo(t, flags...)
			caller := rest(t, at.http, nil).as("aVisitorOfThisTest")
			for i := range allowed {
				if status, _, body := caller.do(http.MethodGet, "/v1/config", ""); status != http.StatusOK {
					t.Fatalf("call %d: %d %s", i+1, status, body)
				}
			}
			status, header, body := caller.do(http.MethodGet, "/v1/config", "")
			if status != http.StatusTooManyRequests || !strings.Contains(body, `"limit":"`+limit+`"`) {
				t.Errorf("%d %s", status, body)
			}
			if wait, err := strconv.Atoi(header.Get("Retry-After")); err != nil || wait < 1 || wait > 100 {
				t.Errorf("Retry-After: %q", header.Get("Retry-After"))
			}
			status, _, _ = rest(t, at.http, nil).as("another").do(http.MethodGet, "/v1/config", "")
			if (status == http.StatusOK) != (limit == "visitor") {
				t.Errorf("another visitor at the same address gets %d", status)
			}
		})
	}
}

func TestARateOfZeroIsNoBound(t *testing.T) {
	t.Parallel()
	_, at := startDemo(t, "--visitor-rate=0", "--visitor-burst=0", "--address-rate=0", "--address-burst=0")
	for range 150 {
		status, _, body := rest(t, at.http, nil).as("aVisitorOfThisTest").do(http.MethodGet, "/v1/config", "")
		if status != http.StatusOK {
			t.Fatalf("%d %s", status, body)
		}
	}
}
