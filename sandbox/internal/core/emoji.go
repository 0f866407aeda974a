package core

import (
	_ "embed"
	"regexp"
	"strings"
	"sync"
)

// emojiTable is the emoji that both recorded versions know, a line each: name, and what it looks like. They are those of the
// libraries emojione 4.5 (3.4.0) and emoji-toolkit 7 (6.5.3), both under the MIT licence, alternative names among them, variants of
// the skin's colour not.
//
//go:embed emoji.txt
var emojiTable string

var emojis = sync.OnceValue(func() map[string]string {
	known := map[string]string{}
	for line := range strings.Lines(emojiTable) {
		name, looks, _ := strings.Cut(strings.TrimSpace(line), " ")
		known[name] = looks
	}
	return known
})

var (
	// toneShape finds the skin's colour in a name. The sandbox lets every emoji have one, real servers only people.
	toneShape      = regexp.MustCompile(`_(?:tone[1-5]|(?:medium_)?(?:light|dark)_skin_tone|medium_skin_tone)`)
	shortCodeShape = regexp.MustCompile(`:([a-z0-9_+-]+):`)
)

// isEmoji says whether a name such as "smile" is that of an emoji. The workspace has none of its own.
func isEmoji(name string) bool { return emojis()[toneShape.ReplaceAllString(name, "")] != "" }

// withEmoji writes emoji for their names, as notifications show a message.
func withEmoji(text string) string {
	return shortCodeShape.ReplaceAllStringFunc(text, func(code string) string {
		if looks := emojis()[strings.Trim(code, ":")]; looks != "" {
			return looks
		}
		return code
	})
}
