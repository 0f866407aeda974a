// Package auth tells who calls and whether the method is open to such a caller. It only parses: whether a visitor's token is a
// visitor's, Rocket.Chat's answer decides, so that no call costs a second one for this.
package auth

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"strings"

	"google.golang.org/grpc/metadata"

	"github.com/rocketline/rocketline/internal/keys"
	"github.com/rocketline/rocketline/rocketchat"
)

// Principal is who calls: a visitor, a service, a service on behalf of a visitor, or nobody in particular.
type Principal struct {
	token   rocketchat.Secret // empty: no visitor
	service *keys.Service     // nil: no service
}

// Token is the calling visitor's token; empty if no visitor calls.
func (p Principal) Token() rocketchat.Secret { return p.token }

// Service is the calling service; nil if none calls.
func (p Principal) Service() *keys.Service { return p.service }

// Kind names the kind of caller for a log line or a metric.
func (p Principal) Kind() string {
	switch {
	case p.service != nil:
		return "service"
	case p.token != "":
		return "visitor"
	}
	return "anonymous"
}

// ID tells callers apart without saying who they are: a hash for a visitor, the name for a service, empty for nobody.
func (p Principal) ID() string {
	switch {
	case p.token != "":
		return VisitorID(p.token)
	case p.service != nil:
		return "service:" + p.service.Name
	}
	return ""
}

// VisitorID is the ID of the visitor who has that token.
func VisitorID(token rocketchat.Secret) string {
	sum := sha256.Sum256([]byte(token.Reveal()))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// String implements fmt.Stringer: fmt prints an unexported field as it is, and the token must not be printed.
func (p Principal) String() string { return strings.TrimSpace(p.Kind() + " " + p.ID()) }

// GoString implements fmt.GoStringer, for %#v.
func (p Principal) GoString() string { return p.String() }

type principalKey struct{}

// From returns who calls, as the interceptors have found out.
func From(ctx context.Context) Principal {
	p, _ := ctx.Value(principalKey{}).(Principal)
	return p
}

// With returns a context that says who calls.
func With(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// Gate lets callers in.
type Gate struct {
	// Open lets everyone register, and present raw visitor tokens. For development.
	Open bool
	// Keys are the services' keys.
	Keys keys.Set
}

// token is what a bearer token may look like. Visitor tokens that other clients have chosen may hold any printable character.
var token = regexp.MustCompile(`^[\x21-\x7e]{1,512}$`)

// Admit reads the call's credentials and checks them against what the method wants.
func (g Gate) Admit(ctx context.Context, method string) (Principal, error) {
	want, built := policies[method]
	if !built {
		return Principal{}, notBuilt(method)
	}
	md, _ := metadata.FromIncomingContext(ctx)
	p, err := g.read(md)
	if err != nil {
		return Principal{}, err
	}
	return p, g.allow(p, want)
}

// read makes a principal of the credentials that the call brought. What it cannot read is an error: it never falls back to nobody.
func (g Gate) read(md metadata.MD) (Principal, error) {
	var p Principal
	switch key := md.Get("x-api-key"); len(key) {
	case 0:
	case 1:
		s, ok := g.Keys.Find(key[0])
		if !ok {
			return p, invalid("the API key is nobody's")
		}
		p.service = &s
	default:
		return p, invalid("more than one x-api-key")
	}
	switch bearer := md.Get("authorization"); len(bearer) {
	case 0:
	case 1:
		scheme, text, _ := strings.Cut(bearer[0], " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return p, invalid(`authorization must be "Bearer <token>"`)
		}
		if !token.MatchString(text) || text == "." || text == ".." { // the dots would be steps of a path upstream
			return p, invalid("the bearer token is empty, too long, or has characters that no token has")
		}
		switch {
		case g.Open:
		case p.service == nil:
			return p, invalid("a visitor token counts only beside the x-api-key of a service with the grant \"visitors\"")
		case !p.service.Has(keys.Visitors):
			return p, notGranted(p.service.Name, keys.Visitors)
		}
		p.token = rocketchat.Secret(text)
	default:
		return p, invalid("more than one authorization")
	}
	return p, nil
}

// allow checks that the method is open to such a caller.
func (g Gate) allow(p Principal, want policy) error {
	switch want {
	case anyone:
		return nil
	case visitors:
		if p.token == "" {
			return missing(`this needs a visitor: send "authorization: Bearer <visitor token>"`)
		}
		return nil
	case registrars:
		switch {
		case g.Open:
			return nil
		case p.service == nil:
			return missing("this needs a service: send its x-api-key")
		case !p.service.Has(keys.Visitors):
			return notGranted(p.service.Name, keys.Visitors)
		}
		return nil
	}
	panic("unknown policy")
}
