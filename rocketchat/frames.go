package rocketchat

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/rocketline/rocketline/rocketchat/ddp"
)

// The streams that a visitor may read (realtime 9.1 to 9.3).
const (
	streamMessages = "stream-room-messages"
	streamLivechat = "stream-livechat-room"
	streamNotify   = "stream-notify-room"
)

// The kinds of event on stream-notify-room that are followed, one subscription each. deleteMessageBulk, which tells of pruning, is
// left out for the sake of the server's limit on subscriptions per stream.
const (
	notifyDeleted  = "deleteMessage"
	notifyTyping   = "typing"        // below 4.0
	notifyActivity = "user-activity" // from 4.0 on

	activityTyping = "user-typing" // of a user-activity
)

// maxWait bounds what is believed of a queue's estimate.
const maxWait = 365 * 24 * time.Hour

var (
	errFrame   = errors.New("unknown shape")
	errIgnored = errors.New("of no interest")
)

// channel is where a frame comes from: the stream, and what stands behind the room's id in the event's name.
type channel struct{ stream, kind string }

// frameDecoders makes an Event from a frame's arguments; a channel without a row is ignored. Tokens that frames carry have no field in Event, and so end here.
var frameDecoders = map[channel]func(args []json.RawMessage) (Event, error){
	{streamMessages, ""}:           messageFrame,  // [message]
	{streamLivechat, ""}:           livechatFrame, // [{type, ...}]
	{streamNotify, notifyDeleted}:  deletedFrame,  // [{_id}]
	{streamNotify, notifyTyping}:   typingFrame,   // [username, bool, {token}?]           3.4.0/flow-manual
	{streamNotify, notifyActivity}: activityFrame, // [username, [activity...], {token}?]  6.5.3/ddp-full-conversation
}

// livechatDecoders does the same for the objects on stream-livechat-room, by their type.
var livechatDecoders = map[string]func(raw json.RawMessage) (Event, error){
	"agentData":   agentEvent,       // data; without it nobody serves the room
	"agentStatus": agentStatusEvent, // status
	"queueData":   queueEvent,       // data; enterprise only
	"visitorData": visitorEvent,     // the whole visitor with its token, which is not read
}

// decodeFrame tells which room a frame is about and what happened there. The error is errIgnored for a frame that means nothing to
// a follower; no error quotes the frame.
func decodeFrame(f ddp.Changed) (roomID string, event Event, err error) {
	var fields struct {
		Name string            `json:"eventName"`
		Args []json.RawMessage `json:"args"`
	}
	if unmarshal(f.Fields, &fields) != nil || fields.Name == "" {
		return "", Event{}, errFrame
	}
	roomID, kind, _ := strings.Cut(fields.Name, "/")
	decode := frameDecoders[channel{f.Collection, kind}]
	if decode == nil {
		return roomID, Event{}, errIgnored
	}
	if len(fields.Args) == 0 {
		return roomID, Event{}, errFrame
	}
	event, err = decode(fields.Args)
	return roomID, event, err
}

// allMessages is the event on stream-room-messages that brings the messages of every room that its subscriber may read.
const allMessages = "__my_messages__"

// decodeAccountFrame tells which room a frame of allMessages is about (6.5.3/ddp-full-conversation); read makes the event. Rooms that are no
// livechat's are ignored.
func decodeAccountFrame(f ddp.Changed) (roomID string, read func() (Event, error), err error) {
	var fields struct {
		Name string            `json:"eventName"`
		Args []json.RawMessage `json:"args"`
	}
	var message struct {
		RoomID string `json:"rid"`
	}
	var about struct {
		Type string `json:"roomType"`
	}
	if unmarshal(f.Fields, &fields) != nil {
		return "", nil, errFrame
	}
	switch {
	case f.Collection != streamMessages || fields.Name != allMessages:
		return "", nil, errIgnored
	case len(fields.Args) < 2 || unmarshal(fields.Args[1], &about) != nil:
		return "", nil, errFrame
	case about.Type != "l":
		return "", nil, errIgnored
	case unmarshal(fields.Args[0], &message) != nil || message.RoomID == "":
		return "", nil, errFrame
	}
	return message.RoomID, func() (Event, error) { return messageFrame(fields.Args) }, nil
}

func messageFrame(args []json.RawMessage) (Event, error) {
	m, err := decodeMessage(args[0])
	if err != nil {
		return Event{}, errFrame
	}
	return Event{Kind: EventMessage, Message: m}, nil
}

func livechatFrame(args []json.RawMessage) (Event, error) {
	var about struct {
		Type string `json:"type"`
	}
	if unmarshal(args[0], &about) != nil {
		return Event{}, errFrame
	}
	decode := livechatDecoders[about.Type]
	if decode == nil {
		return Event{}, errIgnored
	}
	return decode(args[0])
}

func agentEvent(raw json.RawMessage) (Event, error) {
	var about struct {
		Data json.RawMessage `json:"data"`
	}
	_ = unmarshal(raw, &about)
	agent, err := decodeAgent(about.Data)
	if err != nil {
		return Event{}, errFrame
	}
	return Event{Kind: EventAgent, Agent: agent}, nil
}

func agentStatusEvent(raw json.RawMessage) (Event, error) {
	var about struct {
		Status string `json:"status"`
	}
	if unmarshal(raw, &about) != nil || about.Status == "" {
		return Event{}, errFrame
	}
	return Event{Kind: EventAgentStatus, Status: about.Status}, nil
}

func visitorEvent(json.RawMessage) (Event, error) { return Event{Kind: EventVisitorChanged}, nil }

func queueEvent(raw json.RawMessage) (Event, error) {
	var about struct {
		Data struct {
			Spot    int     `json:"spot"`
			Seconds float64 `json:"estimatedWaitTimeSeconds"`
			Message struct {
				Text string `json:"text"`
			} `json:"message"`
		} `json:"data"`
	}
	if unmarshal(raw, &about) != nil || about.Data.Spot < 1 || about.Data.Seconds < 0 || about.Data.Seconds > maxWait.Seconds() {
		return Event{}, errFrame
	}
	return Event{Kind: EventQueue, Queue: &Queue{
		Position:      about.Data.Spot,
		EstimatedWait: time.Duration(about.Data.Seconds * float64(time.Second)),
		Text:          about.Data.Message.Text,
	}}, nil
}

func deletedFrame(args []json.RawMessage) (Event, error) {
	var message struct {
		ID string `json:"_id"`
	}
	if unmarshal(args[0], &message) != nil || message.ID == "" {
		return Event{}, errFrame
	}
	return Event{Kind: EventMessageDeleted, MessageID: message.ID}, nil
}

func typingFrame(args []json.RawMessage) (Event, error) {
	var username string
	var active bool
	if len(args) < 2 || json.Unmarshal(args[0], &username) != nil || json.Unmarshal(args[1], &active) != nil {
		return Event{}, errFrame
	}
	return Event{Kind: EventTyping, Username: username, Active: active}, nil
}

// activityFrame reads any activity but typing (recording, uploading) as not typing, and none at all as stopped.
func activityFrame(args []json.RawMessage) (Event, error) {
	var username string
	var activities []string
	if len(args) < 2 || json.Unmarshal(args[0], &username) != nil || json.Unmarshal(args[1], &activities) != nil {
		return Event{}, errFrame
	}
	return Event{Kind: EventTyping, Username: username, Active: slices.Contains(activities, activityTyping)}, nil
}
