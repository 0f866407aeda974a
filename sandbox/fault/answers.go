package fault

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
)

// answer is what a fault says in the place of the server.
type answer struct {
	status int
	header map[string]string
	body   string
}

func (a answer) write(w http.ResponseWriter) {
	for name, value := range a.header {
		w.Header().Set(name, value)
	}
	w.Header().Set("Content-Type", contentType(a.body))
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	_, _ = w.Write([]byte(a.body))
}

func contentType(body string) string {
	if strings.HasPrefix(body, "{") || strings.HasPrefix(body, "[") {
		return "application/json"
	}
	return "text/html"
}

// proxyTitles are what nginx, the usual proxy in front of Rocket.Chat, calls its own errors.
var proxyTitles = map[int]string{
	http.StatusBadGateway:         "502 Bad Gateway",
	http.StatusServiceUnavailable: "503 Service Temporarily Unavailable",
	http.StatusGatewayTimeout:     "504 Gateway Time-out",
}

// errorAnswer is the error that a client of a real site gets with this status.
func (i *Injector) errorAnswer(rule Rule) answer {
	a := answer{status: rule.Status, header: map[string]string{}}
	title, isProxy := proxyTitles[rule.Status]
	switch {
	case rule.Status == http.StatusTooManyRequests:
		a = i.tooMany(rule)
	case isProxy:
		a.body = proxyPage(title)
	case rule.Status == http.StatusInternalServerError:
		a.body = "Server error." // a crash outside of any handler (source of Meteor's webapp)
	case rule.Status > http.StatusInternalServerError:
		a.body = proxyPage(strings.TrimSpace(fmt.Sprintf("%d %s", rule.Status, http.StatusText(rule.Status))))
	default:
		a.body = failure(http.StatusText(rule.Status))
	}
	if rule.Body != "" {
		a.body = rule.Body
	}
	return a
}

// tooMany is Rocket.Chat's own limiter, word for word (recorded on 3.4.0 and 6.5.3).
func (i *Injector) tooMany(rule Rule) answer {
	a := answer{
		status: http.StatusTooManyRequests,
		header: map[string]string{"Cache-Control": "no-store", "Pragma": "no-cache"},
		body: failure(fmt.Sprintf("Error, too many requests. Please slow down. You must wait %d seconds before trying this "+
			"endpoint again. [error-too-many-requests]", int(math.Ceil(rule.Wait.Seconds())))),
	}
	if !rule.NoLimitHeaders {
		a.header["X-RateLimit-Limit"] = "10"
		a.header["X-RateLimit-Remaining"] = "0"
		a.header["X-RateLimit-Reset"] = strconv.FormatInt(i.clock.Now().Add(rule.Wait).UnixMilli(), 10)
	}
	return a
}

func failure(text string) string {
	body, _ := json.Marshal(struct {
		Success bool   `json:"success"`
		Error   string `json:"error"`
	}{false, text}) // cannot fail
	return string(body)
}

func proxyPage(title string) string {
	return "<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n<center><h1>" + title + "</h1></center>\r\n" +
		"<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
}

// htmlAnswer is the web application that Rocket.Chat serves where it knows no route, or what a portal puts in between.
func htmlAnswer(rule Rule) answer {
	a := answer{
		status: http.StatusOK,
		body:   "<!DOCTYPE html>\n<html>\n<head>\n<title>Rocket.Chat</title>\n</head>\n<body></body>\n</html>\n",
	}
	if rule.Body != "" {
		a.body = rule.Body
	}
	return a
}
