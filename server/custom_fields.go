package server

import (
	"context"
	"errors"
	"slices"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/auth"
)

// fieldWrite is a custom field on its way to Rocket.Chat, and its place in the request.
type fieldWrite struct {
	rocketchat.CustomFieldValue
	at int
}

// SetCustomFields implements VisitorService. Fields that replace what is there go out in one call, because Rocket.Chat counts calls;
// those that keep it go one by one, because only then its answer says which was kept.
func (s *visitors) SetCustomFields(ctx context.Context, req *livechatv1.SetCustomFieldsRequest) (*livechatv1.SetCustomFieldsResponse, error) {
	w := fieldWriter{chat: s.chat, token: auth.From(ctx).Token(), results: make(map[string]livechatv1.CustomFieldResult)}
	keeping, replacing := lastOfEach(req.GetFields())
	if err := w.keep(ctx, keeping); err != nil {
		return nil, err
	}
	if err := w.replace(ctx, replacing); err != nil {
		return nil, err
	}
	if err := w.confirm(ctx); err != nil {
		return nil, err
	}
	resp := &livechatv1.SetCustomFieldsResponse{}
	for _, f := range req.GetFields() {
		resp.Outcomes = append(resp.Outcomes, &livechatv1.CustomFieldOutcome{Key: f.GetKey(), Result: w.results[f.GetKey()]})
	}
	return resp, nil
}

// lastOfEach leaves of fields with one key only the last: Rocket.Chat writes them all at the same time, so any could win.
func lastOfEach(fields []*livechatv1.CustomFieldValue) (keeping, replacing []fieldWrite) {
	last := make(map[string]int, len(fields))
	for i, f := range fields {
		last[f.GetKey()] = i
	}
	for i, f := range fields {
		write := fieldWrite{rocketchat.CustomFieldValue{Key: f.GetKey(), Value: f.GetValue(), KeepExisting: f.GetKeepExisting()}, i}
		switch {
		case last[f.GetKey()] != i:
		case f.GetKeepExisting():
			keeping = append(keeping, write)
		default:
			replacing = append(replacing, write)
		}
	}
	return keeping, replacing
}

// fieldWriter writes a visitor's custom fields and notes what becomes of each. Its errors name the field that they are about.
type fieldWriter struct {
	chat    *rocketchat.Client
	token   rocketchat.Secret
	taken   []fieldWrite // what Rocket.Chat took
	results map[string]livechatv1.CustomFieldResult
}

// keep writes fields that leave a value alone. The visitor's own values can be seen, which saves the call.
func (w *fieldWriter) keep(ctx context.Context, fields []fieldWrite) error {
	if len(fields) == 0 {
		return nil
	}
	known, err := w.chat.Visitor(ctx, w.token)
	if err != nil {
		return err
	}
	for _, f := range fields {
		if _, there := known.CustomFields[f.Key]; there {
			w.results[f.Key] = fieldKept
			continue
		}
		err := w.chat.SetCustomField(ctx, w.token, f.CustomFieldValue)
		if err == nil {
			w.taken = append(w.taken, f)
		} else if err := w.refused(ctx, f, err); err != nil {
			return err
		}
	}
	return nil
}

// replace writes fields in one call, and where that is refused, finds out for which of them.
func (w *fieldWriter) replace(ctx context.Context, fields []fieldWrite) error {
	for len(fields) > 0 {
		err := w.send(ctx, fields)
		if err == nil {
			break
		}
		i, err := w.find(ctx, fields, err)
		if i < 0 {
			return err
		}
		if err := w.refused(ctx, fields[i], err); err != nil {
			return err
		}
		fields = slices.Delete(fields, i, i+1)
	}
	w.taken = append(w.taken, fields...)
	return nil
}

func (w *fieldWriter) send(ctx context.Context, fields []fieldWrite) error {
	if len(fields) == 1 {
		return w.chat.SetCustomField(ctx, w.token, fields[0].CustomFieldValue)
	}
	values := make([]rocketchat.CustomFieldValue, len(fields))
	for i, f := range fields {
		values[i] = f.CustomFieldValue
	}
	return w.chat.SetCustomFields(ctx, w.token, values)
}

// find returns the place of the field for which Rocket.Chat refused several, and its words about that one; -1 says that the failure is of
// no one field. Each call halves what is left: six find one of 64, where a minute's budget is ten.
func (w *fieldWriter) find(ctx context.Context, fields []fieldWrite, err error) (int, error) {
	switch {
	case !refusesAField(err):
		return -1, err
	case len(fields) == 1:
		return 0, err
	}
	first, left := 0, fields
	for len(left) > 1 {
		half := left[:len(left)/2]
		switch e := w.send(ctx, half); {
		case e == nil:
			first, left = first+len(half), left[len(half):]
		case refusesAField(e):
			left = half
		default:
			return -1, e
		}
	}
	switch e := w.send(ctx, left); {
	case e == nil: // what was in the way has gone meanwhile
		return -1, err
	case refusesAField(e):
		return first, e
	default:
		return -1, e
	}
}

// refusesAField tells a refusal that is about a field from one that is about the visitor, and from a failure.
func refusesAField(err error) bool {
	var up *rocketchat.Error
	return errors.As(err, &up) && up.Kind == rocketchat.KindRefused && up.Code != rocketchat.CodeInvalidToken
}
