package model_test

import (
	"context"
	"net"

	"google.golang.org/grpc/test/bufconn"
)

// network is what lies between the service and the sandbox, in memory, so that whoever waits on it waits within the bubble.
type network struct{ *bufconn.Listener }

// newNetwork makes one. A connection takes some frames that nobody reads, as a socket does.
func newNetwork() network { return network{bufconn.Listen(64 << 10)} }

// Addr is the sandbox's host.
func (network) Addr() net.Addr { return host{} }

func (n network) dial(ctx context.Context, _, _ string) (net.Conn, error) { return n.DialContext(ctx) }

type host struct{}

func (host) Network() string { return "memory" }
func (host) String() string  { return "chat.test" }
