package ddp

import (
	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/wire"
)

// wanted is what a sub asks for.
type wanted struct {
	event         string
	useCollection bool
	extra         *wire.Object // the first of its args, where the visitor's token is
}

// readParams reads ["<event>", options], where options are a boolean or an object.
func readParams(f core.Facts, params []any) (wanted, doc) {
	malformed := core.RawFault(400, "Match failed", nil)
	if f.EmptySubIs500 {
		malformed = core.RawFault(500, "Internal server error", nil)
	}
	if len(params) == 0 {
		return wanted{}, malformed
	}
	want := wanted{extra: &wire.Object{}}
	want.event, _ = params[0].(string)
	if want.event == "" {
		return wanted{}, core.RawFault("invalid-event-name", "", nil)
	}
	if len(params) == 1 {
		if f.StrictSubs {
			return wanted{}, malformed
		}
		return want, nil
	}
	if flag, isFlag := params[1].(bool); isFlag {
		want.useCollection = flag
		return want, nil
	}
	options, _ := params[1].(*wire.Object)
	if options == nil {
		return wanted{}, malformed
	}
	flag, hasFlag := options.Values["useCollection"].(bool)
	args, hasArgs := options.Values["args"].([]any)
	_, there := options.Values["args"]
	exact := hasFlag && hasArgs && len(options.Keys) == 2
	if f.StrictSubs && !exact || there && !hasArgs {
		return wanted{}, malformed
	}
	want.useCollection = flag
	if len(args) > 0 {
		if extra, ok := args[0].(*wire.Object); ok {
			want.extra = extra
		}
	}
	return want, nil
}
