package auth

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// routeOf is how REST reaches a method: "POST /v1/rooms"; empty where the contract has no HTTP rule.
func routeOf(t *testing.T, method string) string {
	t.Helper()
	name := protoreflect.FullName(strings.ReplaceAll(strings.TrimPrefix(method, "/"), "/", "."))
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(name)
	if err != nil {
		t.Fatal(err)
	}
	rule, _ := proto.GetExtension(found.Options(), annotations.E_Http).(*annotations.HttpRule)
	switch p := rule.GetPattern().(type) {
	case *annotations.HttpRule_Get:
		return "GET " + p.Get
	case *annotations.HttpRule_Post:
		return "POST " + p.Post
	case *annotations.HttpRule_Patch:
		return "PATCH " + p.Patch
	case *annotations.HttpRule_Delete:
		return "DELETE " + p.Delete
	}
	return ""
}

// rows are the rows of a page's tables.
func rows(t *testing.T, name string) []string {
	t.Helper()
	page, err := os.ReadFile("../../docs/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`(?m)^\|.*\|$`).FindAllString(string(page), -1)
}

// has tells whether one of the rows has all of these.
func has(rows []string, words ...string) bool {
	for _, row := range rows {
		n := 0
		for _, w := range words {
			if regexp.MustCompile(`(^|[^A-Za-z])` + regexp.QuoteMeta(w) + `($|[^A-Za-z/{:])`).MatchString(row) {
				n++
			}
		}
		if n == len(words) {
			return true
		}
	}
	return false
}

func TestThePagesKnowEveryMethodThatIsBuilt(t *testing.T) {
	endpoints, writes := rows(t, "endpoints.md"), rows(t, "writes.md")
	for method := range policies {
		name := method[strings.LastIndexByte(method, '/')+1:]
		route := routeOf(t, method)
		if words := []string{name, route}; route == "" && !has(endpoints, name) || route != "" && !has(endpoints, words...) {
			t.Errorf("endpoints.md has no row with %s and %q", name, route)
		}
		reads := strings.HasPrefix(route, "GET ") || name == "DownloadFile"
		if !reads && !has(writes, name) {
			t.Errorf("writes.md has no row of %s", name)
		}
	}
}
