package gateway

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"github.com/grpc-ecosystem/grpc-gateway/v2/utilities"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// table returns all routes, with handlers by hand that do nothing.
func table(t *testing.T) *routeTable {
	t.Helper()
	nothing := func(http.ResponseWriter, *http.Request, *call) {}
	routes, err := contractRoutes(map[string]serveFunc{
		livechatv1.EventService_Subscribe_FullMethodName:   nothing,
		livechatv1.RoomService_UploadFile_FullMethodName:   nothing,
		livechatv1.RoomService_DownloadFile_FullMethodName: nothing,
	})
	if err != nil {
		t.Fatal(err)
	}
	return routes
}

func TestEveryRouteHasAHandler(t *testing.T) {
	conn, err := grpc.NewClient("passthrough:///closed", grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close() // So each call that is made fails at once, and only that is looked for.
	handler, err := New(Options{Conn: conn})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range table(t).paths {
		for method := range p.routes {
			t.Run(method+" "+p.template, func(t *testing.T) {
				target := regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(p.template, "x")
				rec, req := httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), method, target, nil)
				if strings.HasSuffix(p.template, "/files") {
					form := "--x\r\nContent-Disposition: form-data; name=file; filename=a.txt\r\n\r\nx\r\n--x--\r\n"
					req = httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(form))
					req.Header.Set("Content-Type", "multipart/form-data; boundary=x")
				}
				handler.ServeHTTP(rec, req)
				if rec.Code != http.StatusServiceUnavailable || !strings.Contains(rec.Body.String(), "SHUTTING_DOWN") {
					t.Errorf("answer %d %s", rec.Code, rec.Body)
				}
			})
		}
	}
}

func TestTheOpenAPIDocumentHasTheRoutesAndTheirQueryKeys(t *testing.T) {
	raw, err := os.ReadFile("../gen/openapi/rocketline.swagger.json")
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Paths map[string]map[string]struct {
			Parameters []struct{ Name, In string }
		}
	}
	if err := json.Unmarshal(raw, &document); err != nil {
		t.Fatal(err)
	}
	upper := regexp.MustCompile(`[A-Z]`)
	documented := map[string][]string{}
	for path, operations := range document.Paths {
		path = regexp.MustCompile(`\{[^}]*\}`).ReplaceAllStringFunc(path, func(v string) string {
			return upper.ReplaceAllStringFunc(v, func(s string) string { return "_" + strings.ToLower(s) })
		})
		for method, o := range operations {
			keys := []string{}
			for _, p := range o.Parameters {
				if p.In == "query" {
					keys = append(keys, p.Name)
				}
			}
			slices.Sort(keys)
			documented[strings.ToUpper(method)+" "+path] = keys
		}
	}
	served := map[string][]string{}
	for _, p := range table(t).paths {
		for method, r := range p.routes {
			keys := []string{}
			for _, field := range r.queryFields() {
				keys = append(keys, field.JSONName())
				if readable(field) != "" {
					t.Errorf("%s %s: the query key %s %s", method, p.template, field.JSONName(), readable(field))
				}
			}
			slices.Sort(keys)
			served[method+" "+p.template] = keys
		}
	}
	for _, name := range slices.Sorted(maps.Keys(served)) {
		if keys, ok := documented[name]; !ok || !slices.Equal(served[name], keys) {
			t.Errorf("%s takes %v; documented (%v) are %v", name, served[name], ok, keys)
		}
		delete(documented, name)
	}
	for name := range documented {
		t.Errorf("%s is documented and not served", name)
	}
}

func (r *route) queryFields() []protoreflect.FieldDescriptor {
	var taken []protoreflect.FieldDescriptor
	if r.query == nil {
		return nil
	}
	fields := r.query.Descriptor().Fields()
	for i := range fields.Len() {
		if f := fields.Get(i); !slices.Contains(r.vars, string(f.Name())) {
			taken = append(taken, f)
		}
	}
	return taken
}

// readable returns why a field cannot stand in a query; "" if some value of it can.
func readable(field protoreflect.FieldDescriptor) string {
	what, samples := "", []string{"1", "true", "1s"}
	if field.Enum() != nil {
		samples = append(samples, string(field.Enum().Values().Get(0).Name()))
	}
	for _, sample := range samples {
		if _, what = parseValue(field, sample); what == "" {
			return ""
		}
	}
	return what
}

func FuzzParseQuery(f *testing.F) {
	for _, seed := range []string{
		"", "roomIds=a&room_ids=b", "roomIds=a&roomIds=b&allRooms=true&cursor=%ff", "history=-1", "heartbeatInterval=15s", "a=b;c=d", "%", "=&=",
		"cursor=a&cursor=b", "token=secret", "roomIds[0]=a", "heartbeatInterval.seconds=1", "history=%2B1", "heartbeatInterval=9999999h",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		req := &livechatv1.SubscribeRequest{}
		err := parseQuery(raw, req, nil)
		if err == nil {
			if _, err := proto.Marshal(req); err != nil {
				t.Errorf("%q was read as what gRPC cannot carry: %v", raw, err)
			}
			values, _ := url.ParseQuery(raw)
			generated := &livechatv1.SubscribeRequest{}
			if err := runtime.PopulateQueryParameters(generated, values, utilities.NewDoubleArray(nil)); err != nil || !proto.Equal(req, generated) {
				t.Errorf("%q was read as %v; the generated code reads %v, %v", raw, req, generated, err)
			}
			return
		}
		st := status.Convert(err)
		if st.Code() != codes.InvalidArgument || publicStatus(st).http != http.StatusBadRequest || !utf8.ValidString(st.Message()) {
			t.Errorf("%q: %v", raw, err)
		}
	})
}
