package rocketchat

import (
	"context"
	"net/http"
)

// Announced to go with 7.0; some servers of 7.x have it still (rest-visitor 5.3, rest-agent G). A bare failure is how every version
// refuses for a closed room, and 3.4 for a department where nobody can take it.
var routeTransfer = route{
	op: "transfer room", method: http.MethodPost, path: "/api/v1/livechat/room.transfer", writes: true, newer: true, bare: CodeNotTransferred,
}

type transferBody struct {
	RoomID     string `json:"rid"`
	Token      string `json:"token"`
	Department string `json:"department"`
}

// TransferRoom hands the visitor's own open room over to a department, by its id: names are not understood here. The Room that it
// answers is as Rocket.Chat describes it afterwards, without OnHold and LastActiveAt; its agent has no name.
//
// Errors: CodeInvalidToken, CodeInvalidRoom (unknown or another visitor's), CodeInvalidDepartment (on 3.4 CodeNoAgentOnline, after the
// room was taken from its agent), CodeSameDepartment, CodeNoAgentOnline, CodeNotTransferred (the room is closed, or nobody could take it),
// KindUnsupported where the server has no such route any more. After any of them the room may have changed (3.4.0 room-message "transfer
// bad dept"). It is a write: a repetition moves the room again, or is refused because it is there.
func (c *Client) TransferRoom(ctx context.Context, token Secret, roomID, departmentID string) (Room, error) {
	body := transferBody{RoomID: roomID, Token: token.Reveal(), Department: departmentID}
	var got roomAnswer
	if err := c.rest.call(ctx, routeTransfer, request{body: body}, &got); err != nil {
		return Room{}, err
	}
	room, err := decodeRoom(got.Room)
	if err != nil {
		return Room{}, routeTransfer.misread(err)
	}
	room.OnHold = nil // the answer is an excerpt that never has it
	return room, nil
}
