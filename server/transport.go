package server

import (
	"context"
	"crypto/tls"
	"net"

	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/rocketline/rocketline/server/intercept"
)

// transport is TLS for connections from outside and nothing for those from within the process; without a configuration it is nothing
// for both.
func transport(config *tls.Config) credentials.TransportCredentials {
	if config == nil {
		return insecure.NewCredentials()
	}
	return outsideTLS{TransportCredentials: credentials.NewTLS(config), inside: insecure.NewCredentials()}
}

type outsideTLS struct {
	credentials.TransportCredentials
	inside credentials.TransportCredentials
}

func (t outsideTLS) ServerHandshake(conn net.Conn) (net.Conn, credentials.AuthInfo, error) {
	if conn.LocalAddr().Network() == intercept.InProcess {
		return t.inside.ServerHandshake(conn)
	}
	return t.TransportCredentials.ServerHandshake(conn)
}

func (t outsideTLS) ClientHandshake(ctx context.Context, name string, conn net.Conn) (net.Conn, credentials.AuthInfo, error) {
	return t.TransportCredentials.ClientHandshake(ctx, name, conn)
}

func (t outsideTLS) Clone() credentials.TransportCredentials {
	return outsideTLS{TransportCredentials: t.TransportCredentials.Clone(), inside: t.inside.Clone()}
}
