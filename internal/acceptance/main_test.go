// Package acceptance_test tests the whole service from the outside: the HTTP edge and the gRPC server as they are started in production,
// on sockets, in front of a sandbox. Whatever it says of one method it says of all that visitors may call, found by reading the contract:
// a method that is added and not mentioned here makes these tests fail.
package acceptance_test

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	// A server that has refused a body too large waits half a second before it closes the connection, longer than goleak waits.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait"))
}
