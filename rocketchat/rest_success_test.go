package rocketchat

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// doc is a recorded document, read without this package's decoders.
type doc map[string]any

func (d doc) text(key string) string { s, _ := d[key].(string); return s }
func (d doc) sub(key string) doc     { s, _ := d[key].(map[string]any); return s }

func (d doc) list(key string) []doc {
	items, _ := d[key].([]any)
	var list []doc
	for _, item := range items {
		if m, ok := item.(map[string]any); ok {
			list = append(list, m)
		}
	}
	return list
}

func (d doc) time(t *testing.T, key string) time.Time {
	t.Helper()
	if d.text(key) == "" {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, d.text(key))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// checkSuccess compares what the client made of an answer with the answer itself.
func checkSuccess(t *testing.T, x exchange, got any) {
	t.Helper()
	if file, ok := got.(fetched); ok {
		checkFile(t, x, file)
		return
	}
	answer := doc(anyJSON(x.Response.JSON).(map[string]any))
	switch got := got.(type) {
	case nil: // the call returns no more than an error
	case bool:
		if got != (answer["page"] != nil) {
			t.Errorf("%s: recorded %v", x.key(), got)
		}
	case *Agent:
		checkAgent(t, x, got, answer.sub("agent"))
	case []SurveyAnswer:
		checkSurvey(t, x, got, answer.sub("data"))
	case Room:
		checkTransferred(t, x, got, answer.sub("room"))
	case Visitor:
		want := answer.sub("visitor")
		checkVisitor(t, x, got, want)
		if got.Token.Reveal() != want.text("token") {
			t.Errorf("%s: another token", x.key())
		}
	case opened:
		want := answer.sub("room")
		checkVisitor(t, x, got.Room.Visitor, want.sub("v"))
		if got.Room.ID != want.text("_id") || got.Created != answer["newRoom"] || !got.Room.Open ||
			got.Room.DepartmentID != want.text("departmentId") || !got.Room.CreatedAt.Equal(want.time(t, "ts")) ||
			!got.Room.LastActiveAt.Equal(want.time(t, "lm")) || !got.Room.ClosedAt.IsZero() {
			t.Errorf("%s: %+v", x.key(), got)
		}
		checkAgent(t, x, got.Room.ServedBy, want.sub("servedBy"))
	case uploaded:
		checkUpload(t, x, got, answer)
	case Message:
		checkMessage(t, x, got, answer.sub("message"))
	case []Message:
		want := answer.list("messages")
		if len(got) != len(want) {
			t.Fatalf("%s: %d messages, want %d", x.key(), len(got), len(want))
		}
		for i := range got {
			checkMessage(t, x, got[i], want[i])
			if i > 0 && got[i].CreatedAt.After(got[i-1].CreatedAt) {
				t.Errorf("%s: not newest first", x.key())
			}
		}
	case LivechatConfig:
		checkConfig(t, x, got, answer.sub("config"))
	case Version:
		told := answer.text("version") + answer.sub("info").text("version")
		if !strings.HasPrefix(got.String(), told) || !strings.HasPrefix(x.recording, told[:3]) {
			t.Errorf("%s: %v, want %s", x.key(), got, told)
		}
	default:
		t.Errorf("%s: %T", x.key(), got)
	}
}

func checkVisitor(t *testing.T, x exchange, got Visitor, want doc) {
	t.Helper()
	var email, phone string // the first ones: what lead capture finds in messages is added behind
	if all := want.list("visitorEmails"); len(all) > 0 {
		email = all[0].text("address")
	}
	if all := want.list("phone"); len(all) > 0 {
		phone = all[0].text("phoneNumber")
	}
	if got.ID != want.text("_id") || got.Username != want.text("username") || got.Name != want.text("name") ||
		got.Email != email || got.Phone != phone || got.Department != want.text("department") ||
		got.Status != want.text("status") || !got.CreatedAt.Equal(want.time(t, "ts")) {
		t.Errorf("%s: %+v, want %v", x.key(), got, want)
	}
	fields := want.sub("livechatData")
	if len(got.CustomFields) != len(fields) {
		t.Errorf("%s: %d custom fields, want %d", x.key(), len(got.CustomFields), len(fields))
	}
	for key, value := range got.CustomFields {
		if value != fields.text(key) {
			t.Errorf("%s: custom field %s is %q", x.key(), key, value)
		}
	}
}

func checkAgent(t *testing.T, x exchange, got *Agent, want doc) {
	t.Helper()
	if (got != nil) != (want != nil) {
		t.Errorf("%s: served by %v, want %v", x.key(), got, want)
		return
	}
	if got == nil {
		return
	}
	var email string
	for _, e := range want.list("emails") {
		email = e.text("address")
	}
	if got.ID != want.text("_id") || got.Username != want.text("username") || got.Name != want.text("name") ||
		got.Status != want.text("status") || got.Email != email {
		t.Errorf("%s: agent %+v, want %v", x.key(), got, want)
	}
}

// staff are the ids of everyone in the recordings who is not a visitor: agent1, agent2 and the administrator of each server.
var staff = map[string]bool{
	"nEvQ5FAoyvZbzhk3Z": true, "R7AWnmGxeBRySapKC": true, "vmjuyCCk49hDLbRpM": true,
	"n2zhCB4xvjHBLKaeY": true, "uGKnKgqzycpw9yiW9": true, "6b00f3a9811fc4904030a15b": true,
}

// checkMessage tells authors by their ids, without looking at tokens and types.
func checkMessage(t *testing.T, x exchange, got Message, want doc) {
	t.Helper()
	u := want.sub("u")
	author := AuthorVisitor
	switch {
	case u.text("_id") == "rocket.cat":
		author = AuthorSystem
	case staff[u.text("_id")]:
		author = AuthorAgent
	}
	if got.Author.Kind != author || got.Author.ID != u.text("_id") || got.Author.Username != u.text("username") {
		t.Errorf("%s: message %s is by %+v, want kind %d and %v", x.key(), got.ID, got.Author, author, u)
	}
	if got.ID != want.text("_id") || got.RoomID != want.text("rid") || got.Text != want.text("msg") ||
		string(got.Type) != want.text("t") || !got.CreatedAt.Equal(want.time(t, "ts")) ||
		!got.EditedAt.Equal(want.time(t, "editedAt")) || got.EditedBy != want.sub("editedBy").text("username") ||
		got.ThreadID != want.text("tmid") {
		t.Errorf("%s: %+v, want %v", x.key(), got, want)
	}
	var ids []string // no recorded message has a thumbnail
	for _, f := range want.list("files") {
		ids = append(ids, f.text("_id"))
	}
	if f := want.sub("file"); f != nil && !slices.Contains(ids, f.text("_id")) {
		ids = append(ids, f.text("_id"))
	}
	for i, f := range got.Files {
		if i >= len(ids) || f.ID != ids[i] || f.Name == "" || f.ContentType == "" || f.Size == 0 {
			t.Errorf("%s: message %s has file %+v", x.key(), got.ID, f)
		}
	}
	if len(got.Files) != len(ids) {
		t.Errorf("%s: message %s has %d files, want %d", x.key(), got.ID, len(got.Files), len(ids))
	}
	if transfer := want.sub("transferData"); (got.Transfer != nil) != (transfer != nil) {
		t.Errorf("%s: transfer %v", x.key(), got.Transfer)
	} else if transfer != nil {
		checkTransfer(t, x, *got.Transfer, transfer)
	}
}

func checkTransfer(t *testing.T, x exchange, got Transfer, want doc) {
	t.Helper()
	if got.Scope != want.text("scope") || got.By.ID != want.sub("transferredBy").text("_id") || got.By.Kind == AuthorUnknown ||
		got.PreviousDepartment != want.text("previousDepartment") || got.Comment != want.text("comment") ||
		got.NextDepartmentID != want.sub("nextDepartment").text("_id") ||
		got.NextDepartmentName != want.sub("nextDepartment").text("name") {
		t.Errorf("%s: %+v, want %v", x.key(), got, want)
	}
	checkAgent(t, x, got.To, want.sub("transferredTo"))
}

func checkConfig(t *testing.T, x exchange, got LivechatConfig, want doc) {
	t.Helper()
	settings, theme, texts := want.sub("settings"), want.sub("theme"), want.sub("messages")
	if got.Enabled != want["enabled"] || got.Online != (want["online"] == true) {
		t.Errorf("%s: enabled %v, online %v", x.key(), got.Enabled, got.Online)
	}
	if got.Settings.RegistrationForm != (settings["registrationForm"] == true) ||
		got.Settings.FileUpload != (settings["fileUpload"] == true) ||
		got.Settings.ShowConnecting != (settings["showConnecting"] == true) ||
		got.Settings.HistoryMonitorType != settings.text("historyMonitorType") ||
		!got.Settings.VisitorsCanCloseChat || got.Settings.MessageLimit != 0 {
		t.Errorf("%s: settings %+v", x.key(), got.Settings)
	}
	if got.Theme.Title != theme.text("title") || got.Theme.Color != theme.text("color") ||
		got.Texts.RegistrationForm != texts.text("registrationFormMessage") ||
		got.Texts.ConversationTitle != texts.text("conversationFinishedMessage") {
		t.Errorf("%s: theme %+v, texts %+v", x.key(), got.Theme, got.Texts)
	}
	if items, _ := want.sub("survey")["items"].([]any); len(got.SurveyItems) != len(items) {
		t.Errorf("%s: survey %v", x.key(), got.SurveyItems)
	}
	departments := want.list("departments")
	if len(got.Departments) != len(departments) || len(got.CustomFields) != len(want.list("customFields")) {
		t.Errorf("%s: departments %v, custom fields %v", x.key(), got.Departments, got.CustomFields)
	}
	for i, d := range got.Departments {
		if d.ID != departments[i].text("_id") || d.Name != departments[i].text("name") || !d.ShowOnRegistration {
			t.Errorf("%s: department %+v", x.key(), d)
		}
	}
	if guest := want.sub("guest"); (got.Visitor != nil) != (guest != nil) {
		t.Errorf("%s: visitor %v", x.key(), got.Visitor)
	} else if guest != nil {
		checkVisitor(t, x, *got.Visitor, guest)
	}
	if room := want.sub("room"); (got.Room != nil) != (room != nil) {
		t.Errorf("%s: room %v", x.key(), got.Room)
	} else if room != nil {
		checkAgent(t, x, got.Room.ServedBy, room.sub("servedBy"))
		if got.Room.ID != room.text("_id") || !got.Room.Open || got.Room.DepartmentID != room.text("departmentId") {
			t.Errorf("%s: room %+v", x.key(), got.Room)
		}
	}
	checkAgent(t, x, got.Agent, want.sub("agent"))
}
