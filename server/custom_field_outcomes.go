package server

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc/codes"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/failure"
)

const (
	fieldNotKnown = livechatv1.CustomFieldResult_CUSTOM_FIELD_RESULT_UNSPECIFIED
	fieldStored   = livechatv1.CustomFieldResult_CUSTOM_FIELD_RESULT_STORED
	fieldKept     = livechatv1.CustomFieldResult_CUSTOM_FIELD_RESULT_KEPT
)

// refused settles what it means that Rocket.Chat refused a field. That it stored nothing, it says without a reason: there is a value,
// or the field is one of rooms and no room is open.
func (w *fieldWriter) refused(ctx context.Context, f fieldWrite, cause error) error {
	if !hasCode(cause, rocketchat.CodeFieldKept) {
		return f.failed(cause)
	}
	known, err := w.chat.Visitor(ctx, w.token)
	if err != nil {
		return err
	}
	value, ofVisitor := known.CustomFields[f.Key]
	if !ofVisitor {
		if err := w.needsOpenRoom(ctx, f); err != nil {
			return err
		}
	}
	switch {
	case f.KeepExisting:
		w.results[f.Key] = fieldKept
	case ofVisitor && value == f.Value:
		w.results[f.Key] = fieldStored
	default:
		return f.failed(cause)
	}
	return nil
}

// confirm notes what became of the fields that Rocket.Chat took. Servers that take them also where they store nothing are asked what
// they hold; of a field of rooms that was to be kept they show nothing.
func (w *fieldWriter) confirm(ctx context.Context) error {
	if len(w.taken) == 0 {
		return nil
	}
	for _, f := range w.taken {
		w.results[f.Key] = fieldStored
	}
	if sure, err := w.chat.TellsUnsetFields(ctx); sure || err != nil {
		return err
	}
	known, err := w.chat.Visitor(ctx, w.token)
	if err != nil {
		return err
	}
	var ofRooms []fieldWrite
	for _, f := range w.taken {
		switch value, ofVisitor := known.CustomFields[f.Key]; {
		case !ofVisitor:
			ofRooms = append(ofRooms, f)
		case f.KeepExisting && value != f.Value:
			w.results[f.Key] = fieldKept
		}
	}
	if len(ofRooms) == 0 {
		return nil
	}
	if err := w.needsOpenRoom(ctx, ofRooms[0]); err != nil {
		return err
	}
	for _, f := range ofRooms {
		if f.KeepExisting {
			w.results[f.Key] = fieldNotKnown
		}
	}
	return nil
}

// needsOpenRoom refuses a field of rooms if the visitor has none open.
func (w *fieldWriter) needsOpenRoom(ctx context.Context, f fieldWrite) error {
	config, err := w.chat.Config(ctx, w.token, "")
	if err == nil {
		err = tellsOfVisitor(config)
	}
	if err != nil || openRoom(config) != nil {
		return err
	}
	return failure.New(codes.FailedPrecondition, livechatv1.ErrorReason_ERROR_REASON_NO_OPEN_ROOM,
		"a custom field of rooms is stored in open rooms, and the visitor has none").Field(f.path(), "is a field of rooms")
}

// failed is what a failure means, with the field's place in the request if it is about the field.
func (f fieldWrite) failed(err error) error {
	var said *failure.Error
	if !refusesAField(err) || !errors.As(failure.From(err), &said) {
		return err
	}
	return said.Field(f.path(), said.GRPCStatus().Message())
}

// path is the field's place in the request.
func (f fieldWrite) path() string { return fmt.Sprintf("fields[%d]", f.at) }
