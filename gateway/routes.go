package gateway

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// serveFunc serves a route that has no generated handler.
type serveFunc func(http.ResponseWriter, *http.Request, *call)

// route is one method of the contract as HTTP reaches it.
type route struct {
	method string
	// query makes the message whose fields the query keys are; nil if the route takes no query.
	query protoreflect.MessageType
	// vars are the fields that the path holds and the query therefore may not.
	vars []string
	// body says that the request message comes as the body.
	body bool
	// serve serves the route by hand; nil leaves it to the generated handlers.
	serve serveFunc
}

// path is one path template with its routes.
type path struct {
	template string
	segments []string // A variable stands in braces.
	verb     string
	routes   map[string]*route
	allow    string
}

// routeTable holds every path that the gateway serves.
type routeTable struct {
	paths []*path
}

// Routes of methods that the contract leaves without an HTTP rule, because their bodies are files.
var fileRoutes = map[string]struct{ method, template string }{
	livechatv1.RoomService_UploadFile_FullMethodName:   {http.MethodPost, "/v1/rooms/{room_id}/files"},
	livechatv1.RoomService_DownloadFile_FullMethodName: {http.MethodGet, "/v1/rooms/{room_id}/messages/{message_id}/files/{file_id}"},
}

// contractRoutes reads the routes from the HTTP rules of the contract's methods. Streaming methods need an entry in byHand, which maps
// a method's full name to what serves it.
func contractRoutes(byHand map[string]serveFunc) (*routeTable, error) {
	table := &routeTable{}
	var failure error
	pkg := livechatv1.File_rocketline_livechat_v1_room_proto.Package()
	protoregistry.GlobalFiles.RangeFilesByPackage(pkg, func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			methods := file.Services().Get(i).Methods()
			for j := range methods.Len() {
				if failure = table.addMethod(methods.Get(j), byHand); failure != nil {
					return false
				}
			}
		}
		return true
	})
	for _, p := range table.paths {
		methods := make([]string, 0, len(p.routes))
		for m := range p.routes {
			methods = append(methods, m)
		}
		slices.Sort(methods)
		p.allow = strings.Join(methods, ", ")
	}
	return table, failure
}

func (t *routeTable) addMethod(m protoreflect.MethodDescriptor, byHand map[string]serveFunc) error {
	name := fmt.Sprintf("/%s/%s", m.Parent().FullName(), m.Name())
	serve := byHand[name]
	if file, ok := fileRoutes[name]; ok {
		return t.add(file.template, &route{method: file.method, serve: serve})
	}
	if serve == nil && (m.IsStreamingClient() || m.IsStreamingServer()) {
		return fmt.Errorf("%s is a stream, and nothing serves it", name)
	}
	rule, _ := proto.GetExtension(m.Options(), annotations.E_Http).(*annotations.HttpRule)
	if rule == nil {
		return fmt.Errorf("%s has no HTTP rule", name)
	}
	input, err := protoregistry.GlobalTypes.FindMessageByName(m.Input().FullName())
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for _, rule := range append([]*annotations.HttpRule{rule}, rule.GetAdditionalBindings()...) {
		if rule.GetBody() != "" && rule.GetBody() != "*" {
			return fmt.Errorf("%s takes one field as its body, which is not supported", name)
		}
		method, template := methodAndTemplate(rule)
		if method == "" {
			return fmt.Errorf("%s has an HTTP method that is not supported", name)
		}
		r := &route{method: method, body: rule.GetBody() == "*", serve: serve}
		if !r.body {
			r.query = input
		}
		if err := t.add(template, r); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func methodAndTemplate(rule *annotations.HttpRule) (method, template string) {
	switch p := rule.GetPattern().(type) {
	case *annotations.HttpRule_Get:
		return http.MethodGet, p.Get
	case *annotations.HttpRule_Post:
		return http.MethodPost, p.Post
	case *annotations.HttpRule_Put:
		return http.MethodPut, p.Put
	case *annotations.HttpRule_Patch:
		return http.MethodPatch, p.Patch
	case *annotations.HttpRule_Delete:
		return http.MethodDelete, p.Delete
	}
	return "", ""
}

func (t *routeTable) add(template string, r *route) error {
	p, err := parseTemplate(template)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(t.paths, func(o *path) bool { return o.template == template }); i >= 0 {
		p = t.paths[i]
	} else {
		t.paths = append(t.paths, p)
	}
	if p.routes[r.method] != nil {
		return fmt.Errorf("%s %s is there twice", r.method, template)
	}
	for _, s := range p.segments {
		if name, ok := variable(s); ok {
			r.vars = append(r.vars, name)
		}
	}
	p.routes[r.method] = r
	return nil
}

// parseTemplate reads a template of literals and whole-segment variables, with or without a verb: "/v1/rooms/{room_id}:close".
func parseTemplate(template string) (*path, error) {
	rest, ok := strings.CutPrefix(template, "/")
	if !ok || strings.ContainsAny(rest, "*=") {
		return nil, fmt.Errorf("the path template %q is not supported", template)
	}
	p := &path{template: template, routes: map[string]*route{}}
	rest, p.verb, _ = strings.Cut(rest, ":")
	p.segments = strings.Split(rest, "/")
	return p, nil
}

func variable(segment string) (string, bool) {
	if strings.HasPrefix(segment, "{") && strings.HasSuffix(segment, "}") {
		return segment[1 : len(segment)-1], true
	}
	return "", false
}

// match finds the path that an escaped URL path is of, and the values of its variables. An unescaped colon in the last segment always
// leads in a verb: no id holds one, and so a misspelt verb is an unknown path rather than an odd id.
func (t *routeTable) match(escaped string) (*path, map[string]string) {
	rest, ok := strings.CutPrefix(escaped, "/")
	if !ok {
		return nil, nil
	}
	segments, verb := strings.Split(rest, "/"), ""
	last := len(segments) - 1
	if i := strings.LastIndexByte(segments[last], ':'); i >= 0 {
		segments[last], verb = segments[last][:i], segments[last][i+1:]
		if verb == "" {
			return nil, nil
		}
	}
	for _, p := range t.paths {
		if p.verb == verb && len(p.segments) == len(segments) {
			if vars, ok := p.bind(segments); ok {
				return p, vars
			}
		}
	}
	return nil, nil
}

func (p *path) bind(segments []string) (map[string]string, bool) {
	var vars map[string]string
	for i, want := range p.segments {
		name, ok := variable(want)
		if !ok {
			if segments[i] != want {
				return nil, false
			}
			continue
		}
		value, err := url.PathUnescape(segments[i])
		if err != nil || value == "" {
			return nil, false
		}
		if vars == nil {
			vars = make(map[string]string, 3)
		}
		vars[name] = value
	}
	return vars, true
}
