package fault

import "net"

// Listener refuses new connections while a rule of the kind Refuse fires: they are reset before a byte is read. To a client
// this is a connection that was made and broke at once; the port itself stays taken, so that nobody else can have it.
func (i *Injector) Listener(inner net.Listener) net.Listener {
	return &listener{Listener: inner, faults: i}
}

type listener struct {
	net.Listener
	faults *Injector
}

func (l *listener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil || len(l.faults.decide(target{layer: onAccept})) == 0 {
			return conn, err
		}
		reset(conn)
	}
}

// reset closes a connection with a TCP reset, where it has TCP below it.
func reset(conn net.Conn) {
	raw := conn
	if secure, ok := raw.(interface{ NetConn() net.Conn }); ok {
		raw = secure.NetConn()
	}
	if tcp, ok := raw.(interface{ SetLinger(int) error }); ok {
		_ = tcp.SetLinger(0)
	}
	_ = raw.Close()
}
