package acceptance_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/server/auth"
	"github.com/rocketline/rocketline/server/failure"
)

// method is one method of the contract.
type method struct {
	protoreflect.MethodDescriptor
	// verb and template are its HTTP rule; files have theirs in the gateway.
	verb, template string
	body           bool
}

func (m method) fullName() string {
	return "/" + string(m.Parent().FullName()) + "/" + string(m.Name())
}

// short is the name within its service, which no other service has.
func (m method) short() string { return string(m.Name()) }

// newResponse makes an empty message.
func (m method) newResponse() proto.Message {
	t, err := protoregistry.GlobalTypes.FindMessageByName(m.Output().FullName())
	if err != nil {
		panic(err)
	}
	return t.New().Interface()
}

// contract is every method of every service.
var contract = func() []method {
	var all []method
	pkg := livechatv1.File_rocketline_livechat_v1_room_proto.Package()
	protoregistry.GlobalFiles.RangeFilesByPackage(pkg, func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			methods := file.Services().Get(i).Methods()
			for j := range methods.Len() {
				all = append(all, readMethod(methods.Get(j)))
			}
		}
		return true
	})
	slices.SortFunc(all, func(a, b method) int { return slices.Compare([]byte(a.fullName()), []byte(b.fullName())) })
	return all
}()

func readMethod(d protoreflect.MethodDescriptor) method {
	m := method{MethodDescriptor: d}
	rule, _ := proto.GetExtension(d.Options(), annotations.E_Http).(*annotations.HttpRule)
	switch p := rule.GetPattern().(type) {
	case *annotations.HttpRule_Get:
		m.verb, m.template = "GET", p.Get
	case *annotations.HttpRule_Post:
		m.verb, m.template = "POST", p.Post
	case *annotations.HttpRule_Patch:
		m.verb, m.template = "PATCH", p.Patch
	case *annotations.HttpRule_Delete:
		m.verb, m.template = "DELETE", p.Delete
	}
	m.body = rule.GetBody() == "*"
	switch d.Name() {
	case "UploadFile":
		m.verb, m.template = "POST", "/v1/rooms/{room_id}/files"
	case "DownloadFile":
		m.verb, m.template = "GET", "/v1/rooms/{room_id}/messages/{message_id}/files/{file_id}"
	}
	return m
}

// methodOf finds the method that takes a request: no two methods share one.
func methodOf(req proto.Message) method {
	name := req.ProtoReflect().Descriptor().FullName()
	i := slices.IndexFunc(contract, func(m method) bool { return m.Input().FullName() == name })
	if i < 0 {
		panic("no method takes a " + name)
	}
	return contract[i]
}

// forVisitors are the methods that visitors may call, as the server's own policy says.
var forVisitors = func() []method {
	visitor := metadata.NewIncomingContext(context.Background(), metadata.Pairs("authorization", "Bearer aToken"))
	return slices.DeleteFunc(slices.Clone(contract), func(m method) bool {
		_, err := auth.Gate{Open: true}.Admit(visitor, m.fullName())
		var refused *failure.Error
		return errors.As(err, &refused)
	})
}()

// complete fails for each method that visitors may call and that a table of tests does not have, and for a row too
// many.
func complete[T any](t *testing.T, table map[string]T) {
	t.Helper()
	left := len(table)
	for _, m := range forVisitors {
		if _, ok := table[m.short()]; !ok {
			t.Errorf("%s is in the contract and has no row here", m.short())
			continue
		}
		left--
	}
	if left != 0 {
		t.Errorf("%d rows are of methods that visitors cannot call", left)
	}
}

func TestTheContractIsRead(t *testing.T) {
	if len(contract) < 35 || len(forVisitors) < 25 || len(forVisitors) == len(contract) {
		t.Fatalf("%d methods, %d for visitors: that is not the contract", len(contract), len(forVisitors))
	}
	inputs := map[protoreflect.FullName]bool{}
	for _, m := range contract {
		if m.template == "" {
			t.Errorf("%s has no path", m.fullName())
		}
		if inputs[m.Input().FullName()] {
			t.Errorf("%s is the request of two methods", m.Input().FullName())
		}
		inputs[m.Input().FullName()] = true
	}
}
