package replay

import (
	"encoding/base64"
	"encoding/json"
	"strings"
)

// grants compares what two JWTs grant: their claims, and for how long. The same grant made in another second is another text, so
// texts cannot stand for each other as ids do; a request gets the newest of ours.
func (c comparer) grants(want, got string) bool {
	w, okW := claims(want)
	g, okG := claims(got)
	if !okW || !okG || lifetime(w) != lifetime(g) || len(c.compare("", withoutTimes(w), withoutTimes(g))) > 0 {
		return false
	}
	if c.learn {
		c.names.ours[want] = got
	}
	return true
}

// claims are the middle part of a JWT.
func claims(jwt string) (map[string]any, bool) {
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		return nil, false
	}
	data, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return nil, false
	}
	var values map[string]any
	return values, json.Unmarshal(data, &values) == nil
}

// lifetime is how many seconds a JWT is good for.
func lifetime(claims map[string]any) float64 {
	from, _ := claims["iat"].(float64)
	until, _ := claims["exp"].(float64)
	return until - from
}

func withoutTimes(claims map[string]any) map[string]any {
	rest := map[string]any{}
	for key, value := range claims {
		if key != "iat" && key != "nbf" && key != "exp" {
			rest[key] = value
		}
	}
	return rest
}
