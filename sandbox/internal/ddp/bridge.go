package ddp

import (
	"errors"
	"log/slog"

	"github.com/rocketline/rocketline/sandbox/internal/core"
)

// Call runs a method for a REST caller (rest-agent B.7), whose token stands for the connection. It answers the result, which may be
// undefined, or the error as the exception is serialised there: what is no Meteor error has no keys (recorded in 3.4.0). The caller
// holds the core's lock.
func (s *Server) Call(u *core.User, token, name string, params []any) (result, refusal any, defined bool) {
	m, known := s.methods[name]
	if !known {
		s.Log.Warn("the sandbox has no such DDP method", slog.String("method", name))
		return nil, core.RawFault(404, "Method '"+name+"' not found", nil), false
	}
	value, err := m.run(s.detached(u, token), params)
	var f *core.Fault
	switch {
	case errors.As(err, &f):
		return nil, f.Raw(), false
	case err != nil:
		return nil, doc{}, false
	}
	return value, nil, value != any(nothing)
}

// Limited counts a REST caller's method against the limits and answers the refusal of one too many. The caller holds the core's lock.
func (s *Server) Limited(u *core.User, token, name string) any {
	if refusal := s.detached(u, token).count("method", name); refusal != nil {
		return refusal
	}
	return nil
}

// detached is a session without a connection.
func (s *Server) detached(u *core.User, token string) *Session {
	return &Session{srv: s, user: u, token: token, id: "rest " + token, subs: map[any]*subscription{}, detached: true}
}
