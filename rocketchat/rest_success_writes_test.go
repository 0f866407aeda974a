package rocketchat

import (
	"net/http"
	"testing"
)

func checkSurvey(t *testing.T, x exchange, got []SurveyAnswer, want doc) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %v, want %v", x.key(), got, want)
	}
	for _, a := range got {
		if a.Value == "" || a.Value != want.text(a.Name) {
			t.Errorf("%s: %v, want %v", x.key(), a, want)
		}
	}
}

func checkTransferred(t *testing.T, x exchange, got Room, want doc) {
	t.Helper()
	checkVisitor(t, x, got.Visitor, want.sub("v"))
	checkAgent(t, x, got.ServedBy, want.sub("servedBy"))
	if got.ID != want.text("_id") || got.Open != (want["open"] == true) || got.DepartmentID != want.text("departmentId") ||
		!got.CreatedAt.Equal(want.time(t, "ts")) || got.OnHold != nil {
		t.Errorf("%s: %+v, want %v", x.key(), got, want)
	}
}

// checkUpload compares a message with the form, which all servers keep as it is, and with the answer, if there is one.
func checkUpload(t *testing.T, x exchange, got uploaded, answer doc) {
	t.Helper()
	form, ok := x.form()
	if !ok || len(got.Files) != 1 {
		t.Errorf("%s: %+v", x.key(), got)
		return
	}
	file := got.Files[0]
	if file.Name != form.Name || file.ContentType != form.Type || file.Description != form.Fields["description"] ||
		got.Text != form.Fields["msg"] || got.RoomID != x.segment(t, 0) {
		t.Errorf("%s: %+v, want %+v", x.key(), got, form)
	}
	if answer.text("_id") != "" {
		checkMessage(t, x, Message(got), answer)
	}
}

// checkFile compares a file with what was recorded of it. Where the request was one of ours and a part came, so does the part.
func checkFile(t *testing.T, x exchange, got fetched) {
	t.Helper()
	if got.content != string(x.answer().body) {
		t.Errorf("%s: %q", x.key(), got.content)
	}
	a, ours := x.file()
	part := ours && a.part != nil && x.Response.Status == http.StatusPartialContent
	if (got.Range != nil) != part || part && *got.Range != *a.part {
		t.Errorf("%s: part %v of %+v", x.key(), got.Range, a)
	}
	if got.ContentType != x.Response.Headers["content-type"] || ours && (got.Name != a.file.Name || got.Size != a.file.Size) {
		t.Errorf("%s: %+v, asked for %+v", x.key(), got.Download, a.file)
	}
}
