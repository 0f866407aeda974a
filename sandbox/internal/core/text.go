package core

// textOf is v where it is a text, else empty.
func textOf(v any) string {
	text, _ := v.(string)
	return text
}
