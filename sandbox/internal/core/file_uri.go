package core

import "strings"

// What JavaScript's two functions leave as it is beside letters and digits.
const (
	keptInComponent = "-_.!~*'()"
	keptInURI       = keptInComponent + ";,/?:@&=+$#"
)

// encodeURI does what JavaScript's encodeURI does. It leaves # and ? as they are, so that a name with one makes a link that does
// not work as it stands (recorded in 3.4.0 files).
func encodeURI(s string) string { return percent(s, keptInURI) }

// EncodeURIComponent does what JavaScript's function of that name does.
func EncodeURIComponent(s string) string { return percent(s, keptInComponent) }

func percent(s, kept string) string {
	const digits = "0123456789ABCDEF"
	var out strings.Builder
	for i := range len(s) {
		b := s[i]
		switch {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9', strings.IndexByte(kept, b) >= 0:
			out.WriteByte(b)
		default:
			out.WriteByte('%')
			out.WriteByte(digits[b>>4])
			out.WriteByte(digits[b&15])
		}
	}
	return out.String()
}
