package ddp

import (
	"encoding/json"

	"github.com/rocketline/rocketline/sandbox/internal/wire"
)

// fileMethods send files that were uploaded over HTTP (realtime 11.3).
var fileMethods = map[string]method{
	"sendFileLivechatMessage": {until: 800, run: (*Session).sendFileLivechatMessage},
}

func (c *Session) sendFileLivechatMessage(params []any) (any, error) {
	var at [4]any
	copy(at[:], params)
	rid, _ := at[0].(string)
	token, _ := at[1].(string)
	return c.srv.core.SendFileDocument(rid, token, record(at[2]), record(at[3]))
}

// record is an object of a client with its whole numbers as such; empty for anything else.
func record(v any) doc {
	o, _ := v.(*wire.Object)
	if o == nil {
		return doc{}
	}
	d, _ := wire.Plain(o).(doc)
	for key, value := range d {
		if number, ok := value.(json.Number); ok {
			if n, err := number.Int64(); err == nil {
				d[key] = n
			}
		}
	}
	return d
}
