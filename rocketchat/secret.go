package rocketchat

import "log/slog"

const redacted = "[redacted]"

// Secret is a credential: a visitor token, a login token, a password. It prints, logs and marshals as "[redacted]"; Reveal
// is the only way to its text.
type Secret string

// Reveal returns the credential itself, to be sent to Rocket.Chat and nowhere else.
func (s Secret) Reveal() string { return string(s) }

// String implements fmt.Stringer.
func (Secret) String() string { return redacted }

// GoString implements fmt.GoStringer, for %#v.
func (Secret) GoString() string { return redacted }

// LogValue implements slog.LogValuer.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements encoding.TextMarshaler, so that neither JSON nor any other encoding of a struct leaks the credential.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
