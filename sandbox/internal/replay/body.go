package replay

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// originals are byte strings that the recordings show unharmed somewhere. The 6.5.3 recorder wrote request bodies as UTF-8 and so
// spoilt the bytes of images; what was downloaded later stands in base64, or in hex.
type originals map[string][]byte // by what the recorder made of them

var (
	base64Field = regexp.MustCompile(`"base64":\s*"([A-Za-z0-9+/=]+)"`)
	hexField    = regexp.MustCompile(`"\(binary, (\d+) bytes, hex ([0-9a-f]+)\)`)
)

// readOriginals collects them from all recordings under dir: a file was uploaded in several scenarios, downloaded in few.
func readOriginals(dir string) (originals, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.json"))
	if err != nil {
		return nil, err
	}
	found := originals{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		for _, match := range base64Field.FindAllSubmatch(data, -1) {
			if original, err := base64.StdEncoding.DecodeString(string(match[1])); err == nil {
				found[spoilt(string(original))] = original
			}
		}
		for _, match := range hexField.FindAllSubmatch(data, -1) {
			original, err := hex.DecodeString(string(match[2]))
			if err == nil && strconv.Itoa(len(original)) == string(match[1]) { // it may be cut short
				found[spoilt(string(original))] = original
			}
		}
	}
	return found, nil
}

var replacements = regexp.MustCompile(`\x{FFFD}+`)

// spoilt is a text after a way through UTF-8. Decoders disagree on how many replacement characters stand for a bad sequence.
func spoilt(text string) string {
	return replacements.ReplaceAllLiteralString(strings.ToValidUTF8(text, "\uFFFD"), "\uFFFD")
}

// body is what the recorder's client sent.
func (p *Player) body(r Request) []byte {
	switch {
	case r.BodyText == nil && r.Body == nil && r.Headers["content-type"] == "application/json":
		return []byte("null") // a JSON body without a value was recorded like none
	case r.BodyText == nil && r.Body == nil:
		return nil
	case r.BodyText == nil:
		return []byte(p.names.substitute(compact(r.Body)))
	case !strings.HasPrefix(r.Headers["content-type"], "multipart/"):
		return []byte(p.names.substitute(*r.BodyText))
	case p.rec.Version == "3.4.0":
		return latin1(*r.BodyText)
	}
	return p.originals.restore(*r.BodyText)
}

// latin1 turns a text with one character per byte, as the 3.4.0 recorder wrote multipart bodies, into bytes.
func latin1(text string) []byte {
	data := make([]byte, 0, len(text))
	for _, r := range text {
		if r > 0xFF {
			return []byte(text)
		}
		data = append(data, byte(r))
	}
	return data
}

// restore puts the original bytes back into a multipart body.
func (o originals) restore(text string) []byte {
	if !strings.Contains(text, "\uFFFD") {
		return []byte(text)
	}
	const end = "\r\n\r\n"
	var whole bytes.Buffer
	for _, piece := range strings.SplitAfter(text, end) { // a head, or a part's content and the next head
		content, rest, found := strings.Cut(piece, "\r\n--")
		if original, known := o[spoilt(content)]; known && found {
			whole.Write(original)
			whole.WriteString("\r\n--" + rest)
			continue
		}
		whole.WriteString(piece)
	}
	return whole.Bytes()
}

func compact(data json.RawMessage) string {
	var small bytes.Buffer
	if json.Compact(&small, data) != nil {
		return string(data)
	}
	return small.String()
}
