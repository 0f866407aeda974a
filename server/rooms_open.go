package server

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync/atomic"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/auth"
	"github.com/rocketline/rocketline/server/once"
)

// opened is what equal calls of one visitor that come together are answered.
type opened struct {
	room    *livechatv1.Room
	created bool
	told    atomic.Bool // that it was created, which is told once
}

// OpenRoom implements RoomService. Rocket.Chat takes no lock: a visitor's calls that come together would open a room each. So those that
// ask for the same share one here, and those that do not take turns: none must be refused for what another one asked for. The work goes on
// if the caller who began it hangs up, because others may wait for it.
func (s *rooms) OpenRoom(ctx context.Context, req *livechatv1.OpenRoomRequest) (*livechatv1.OpenRoomResponse, error) {
	visitor, content := auth.From(ctx).ID(), once.Of(req)
	shared := s.opening.DoChan(visitor+string(content[:]), func() (_ any, err error) {
		defer func() {
			if p := recover(); p != nil { // in this goroutine nobody else does, and the whole process would end
				err = fmt.Errorf("opening a room panicked: %v\n%s", p, debug.Stack())
			}
		}()
		own, cancel := once.Outlive(ctx)
		defer cancel()
		done, err := s.turns.take(own, visitor)
		if err != nil {
			return nil, err
		}
		defer done()
		room, created, err := s.open(own, req)
		if err != nil {
			return nil, err
		}
		return &opened{room: s.workspace.audience(own).Room(room), created: created}, nil
	})
	select {
	case got := <-shared:
		switch {
		case ctx.Err() != nil: // nobody would hear that it was created
			return nil, ctx.Err()
		case got.Err != nil:
			return nil, got.Err
		}
		o := got.Val.(*opened)
		return &livechatv1.OpenRoomResponse{Room: o.room, Created: o.created && o.told.CompareAndSwap(false, true)}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *rooms) open(ctx context.Context, req *livechatv1.OpenRoomRequest) (room rocketchat.Room, created bool, err error) {
	token := auth.From(ctx).Token()
	if req.GetDepartment() != "" {
		open, err := s.moveVisitor(ctx, token, req.GetDepartment())
		if err != nil {
			return rocketchat.Room{}, false, err
		}
		if open != nil {
			return *open, false, nil
		}
	}
	room, created, err = s.chat.OpenRoom(ctx, token, rocketchat.OpenRoom{AgentID: req.GetAgentId()})
	if err == nil && created {
		room, created = s.onlyRoom(ctx, token, room)
	}
	return room, created, err
}

// onlyRoom gives up the room that was just made if the visitor had another one by then: another replica, the widget, or a call whose
// answer did not come in time has opened it. Rocket.Chat names the oldest open room of a visitor to whoever asks, so all agree on that
// one, and the visitor does not write into two. Where the room cannot be closed it stays behind, empty.
func (s *rooms) onlyRoom(ctx context.Context, token rocketchat.Secret, made rocketchat.Room) (room rocketchat.Room, created bool) {
	var first *rocketchat.Room
	if config, err := s.chat.Config(ctx, token, ""); err == nil {
		first = openRoom(config)
	}
	if first == nil || first.ID == made.ID { // it is there; that more cannot be told does not undo it
		return made, true
	}
	_ = s.chat.CloseRoom(ctx, token, made.ID)
	return *first, false
}

// moveVisitor makes a department the visitor's own, which decides where the next room goes: Rocket.Chat opens rooms by visitor, not by
// department. A visitor with an open room stays where it is, and that room is returned.
func (s *rooms) moveVisitor(ctx context.Context, token rocketchat.Secret, department string) (*rocketchat.Room, error) {
	config, err := s.chat.Config(ctx, token, "")
	if err == nil {
		err = tellsOfVisitor(config) // registering would make one that does not exist
	}
	if err != nil {
		return nil, err
	}
	if open := openRoom(config); open != nil {
		return open, nil
	}
	_, err = s.chat.RegisterVisitor(ctx, rocketchat.NewVisitor{Token: token, Department: department})
	return nil, err
}

func unknownDepartment() error {
	return &rocketchat.Error{Op: "find department", Kind: rocketchat.KindRefused, Code: rocketchat.CodeInvalidDepartment}
}
