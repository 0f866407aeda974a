package core

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"strings"
	"time"
)

// fileTokenLife is how long the token in a publicFilePath opens files (recorded in 6.5.3 files).
const fileTokenLife = time.Hour

var tokenEncoding = base64.RawURLEncoding

// fileClaims are the payload of a file's token, its keys in the order of the real ones.
type fileClaims struct {
	IssuedAt  int64       `json:"iat"`
	NotBefore int64       `json:"nbf"`
	Expires   int64       `json:"exp"`
	Audience  string      `json:"aud"`
	Context   fileContext `json:"context"`
}

type fileContext struct {
	Room string `json:"rid"`
	User string `json:"userId"`
	File string `json:"fileId"`
}

// fileToken signs a token with the workspace's key, which is empty on a fresh server. It is empty where none is needed or wanted.
func (c *Core) fileToken(about fileContext) string {
	if !c.flag("FileUpload_ProtectFiles") || !c.flag("FileUpload_Enable_json_web_token_for_files") {
		return ""
	}
	now := c.now()
	payload, err := json.Marshal(fileClaims{now.Unix(), now.Unix(), now.Add(fileTokenLife).Unix(), "RocketChat", about})
	if err != nil {
		return "" // only texts and numbers are in it
	}
	signed := tokenEncoding.EncodeToString([]byte(`{"typ":"JWT","alg":"HS256"}`)) + "." + tokenEncoding.EncodeToString(payload)
	return signed + "." + tokenEncoding.EncodeToString(c.signature(signed))
}

func (c *Core) signature(signed string) []byte {
	mac := hmac.New(sha256.New, []byte(c.text("FileUpload_json_web_token_secret_for_files")))
	mac.Write([]byte(signed)) // never fails
	return mac.Sum(nil)
}

// validFileToken looks at signature and times only. The file that the token was made for does not matter (recorded in both versions).
func (c *Core) validFileToken(token string) bool {
	if !c.flag("FileUpload_Enable_json_web_token_for_files") {
		return false
	}
	at := strings.LastIndexByte(token, '.')
	if at < 0 {
		return false
	}
	signature, err := tokenEncoding.DecodeString(token[at+1:])
	if err != nil || !hmac.Equal(signature, c.signature(token[:at])) {
		return false
	}
	head, body, _ := strings.Cut(token[:at], ".")
	var header struct {
		Algorithm string `json:"alg"`
	}
	var claims fileClaims
	if !decodeSegment(head, &header) || !decodeSegment(body, &claims) {
		return false
	}
	now := c.now().Unix()
	return header.Algorithm == "HS256" && claims.NotBefore <= now && now <= claims.Expires
}

func decodeSegment(segment string, into any) bool {
	data, err := tokenEncoding.DecodeString(segment)
	return err == nil && json.Unmarshal(data, into) == nil
}

// WithFileLink adds fileUpload to a message with a file, as the REST routes of visitors, the webhooks and the queue do: an absolute
// link that anybody may follow for an hour.
func (c *Core) WithFileLink(message Doc) Doc {
	file, _ := message["file"].(doc)
	id, _ := file["_id"].(string)
	u := c.upload(id)
	if u == nil {
		return message
	}
	link := c.site + u.Path()
	author, _ := message["u"].(doc)
	userID, _ := author["_id"].(string)
	rid, _ := message["rid"].(string)
	if token := c.fileToken(fileContext{rid, userID, u.ID}); token != "" {
		link += "?token=" + token
	}
	// The servers take the link apart at its question marks and keep two parts: a name with one loses the token (recorded in 3.4.0
	// files).
	if parts := strings.Split(link, "?"); len(parts) > 2 {
		link = parts[0] + "?" + parts[1]
	}
	linked := maps.Clone(message)
	linked["fileUpload"] = doc{"publicFilePath": link, "type": u.Type, "size": u.Size}
	return linked
}
