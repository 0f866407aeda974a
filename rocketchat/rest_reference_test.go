package rocketchat

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"
)

// refusals are the failures that rest-visitor.md lists for the routes of visitors, most of which no recording has. What follows the route is
// a body of one of the three dialects (1.2), or of a handler that returns an object.
var refusals = []struct {
	section string
	route   route
	body    string
	code    string // after normalisation
}{
	{"1.3", routeHistory, `{"success":false,"error":"must be number","errorType":"error-invalid-params"}`, CodeInvalidParams},
	{"1.3", routeConfig, `{"success":false,"error":"Invalid query parameters"}`, CodeInvalidParams},
	{"4.1", routeRegister, plain("Match error: Expected string, got number in field visitor.name"), CodeInvalidParams},
	{"4.1", routeRegister, structured("Token cannot be empty", "error-invalid-token"), CodeEmptyToken},
	{"4.1", routeRegister, structured("Invalid email a@b", "error-invalid-email"), CodeInvalidEmail},
	{"4.1", routeRegister, structured("The provided department is invalid", "error-invalid-department"), CodeInvalidDepartment},
	{"4.1", routeRegister, structured("Error registering visitor", "error-livechat-visitor-registration"), "error-livechat-visitor-registration"},
	{"4.1", routeRegister, plain("error-updating-custom-fields"), "error-updating-custom-fields"},
	{"4.1", routeRegister, structured("An error occurred while saving visitor", "error-saving-visitor"), "error-saving-visitor"},
	{"4.2", routeVisitor, structured("", "invalid-token"), CodeInvalidToken},
	{"4.3", routeDeleteVisitor, structured("Cannot remove visitors with opened rooms", "visitor-has-open-rooms"), CodeHasOpenRooms},
	{"4.3", routeDeleteVisitor, structured("An error occurred while deleting visitor", "error-removing-visitor"), "error-removing-visitor"},
	{"4.3", routeDeleteVisitor, plain("error-invalid-guest"), CodeInvalidToken},
	{"4.5", routeVisitorStatus, structured("", "invalid-token"), CodeInvalidToken},

	{"5.1", routeOpenRoom, structured("", "error-omnichannel-is-disabled"), CodeLivechatDisabled},
	{"5.1", routeOpenRoom, structured("Sorry, no online agents", "no-agent-online"), CodeNoAgentOnline},
	{"5.1", routeOpenRoom, plain("invalid-room"), CodeInvalidRoom},
	{"5.1", routeOpenRoom, structured("", "error-routing-method-not-available"), "error-routing-method-not-available"},
	{"5.1", routeOpenRoom, plain("error-contact-channel-blocked"), CodeContactBlocked},
	{"5.1", routeOpenRoom, structured("Not today", "error-app-prevented"), "error-app-prevented"},
	{"5.1", routeOpenRoom, plain("error-failed-to-start-conversation"), "error-failed-to-start-conversation"},
	{"5.1", routeOpenRoom, plain("Room not created"), ""},
	{"5.2", routeCloseRoom, plain("error-not-allowed-to-close-conversation"), CodeCloseNotAllowed},
	{"5.2", routeCloseRoom, plain("room-closed"), CodeRoomClosed},
	{"5.2", routeCloseRoom, plain("error-room-closed"), CodeRoomClosed},
	{"5.2", routeCloseRoom, plain("Error removing inquiry"), CodeCloseRaced},
	{"5.2", routeCloseRoom, plain("error-room-cannot-be-closed-try-again"), CodeCloseRaced},
	{"5.2", routeCloseRoom, plain("error-tags-must-be-assigned-before-closing-chat"), CodeCloseNotAllowed},
	{"5.3", routeTransfer, plain("error-invalid-department"), CodeInvalidDepartment},
	{"5.3", routeTransfer, plain("error-forwarding-chat-same-department"), CodeSameDepartment},
	{"5.3", routeTransfer, plain("error-no-agents-online-in-department"), CodeNoAgentOnline},
	{"5.3", routeTransfer, plain("error-transferring-inquiry"), CodeNotTransferred},
	{"5.3", routeTransfer, bare, CodeNotTransferred},
	{"5.4", routeSurvey, plain("invalid-data"), CodeInvalidSurvey},
	{"5.4", routeSurvey, plain("invalid-livechat-config"), "invalid-livechat-config"},

	{"6.1", routeSend, plain("message-length-exceeds-character-limit"), CodeMessageTooLong},
	{"6.1", routeSend, structured("", "error-omnichannel-is-disabled"), CodeLivechatDisabled},
	{"6.1", routeSend, structured("", "cannot-access-room"), CodeInvalidRoom},
	{"6.1", routeSend, structured("Notify all in this room not allowed", "error-action-not-allowed"), CodeActionNotAllowed},
	{"6.1", routeSend, plain("Cannot convert undefined or null to object"), CodeNotStored},
	{"6.1", routeSend, bare, CodeNotStored},
	{"6.1", routeSend, plain("error-contact-channel-blocked"), CodeContactBlocked},
	{"6.2", routeMessage, plain("invalid-message"), CodeInvalidMessage},
	{"6.3", routeUpdateMessage, structured("The app says no", "error-app-prevented-updating"), CodeMessageLocked},
	{"6.5", routeHistory, structured("", "error-token-param-not-provided"), CodeInvalidParams},

	{"7.1", routeAgentInfo, plain("invalid-agent"), CodeAgentNotFound},
	{"7.2", routeAgentNext, plain("agent-not-found"), CodeAgentNotFound},
	{"7.3", routeOffline, plain("Error sending Omnichannel offline message"), CodeMailNotSent},
	{"7.3", routeOffline, `{"message":"Erro ao enviar mensagem offline","success":false}`, CodeMailNotSent},
	{"7.3", routeOffline, objectError("error-invalid-email-address", "Invalid email address"), CodeInvalidEmail},
	{"7.5", routeTranscript, plain("error-invalid-visitor"), CodeInvalidRoom}, // 7.0: the token or the room
	{"7.5", routeTranscript, plain("error-invalid-room"), CodeInvalidRoom},
	{"7.5", routeTranscript, plain("error-invalid-token"), CodeInvalidToken},
	{"7.5", routeTranscript, structured("Invalid token", "error-invalid-token"), CodeInvalidToken}, // 5.3
	{"7.5", routeTranscript, structured("", "invalid email"), CodeInvalidEmail},
	{"7.5", routeTranscript, structured("Invalid from address", "error-invalid-from-address"), CodeMailNotSent},
	{"7.6", routeCustomField, plain("invalid-custom-field"), CodeInvalidCustomField},
	{"7.6", routeCustomField, plain("Invalid value for Plan field"), CodeInvalidFieldValue},
	{"7.6", routeCustomField, objectError("Valor inválido para o campo Plan", ""), CodeInvalidFieldValue},
	{"7.6", routeCustomField, bare, CodeFieldKept},
	{"7.7", routeCustomFields, plain("error-setting-custom-field"), CodeFieldKept},

	{"8.1", routeUpload, plain("unauthorized"), CodeUploadUnauthorized},
	{"8.1", routeUpload, plain("forbidden"), CodeUploadUnauthorized},
	{"8.1", routeUpload, `{"reason":"error-file-upload-disabled","success":false}`, CodeUploadDisabled},
	{"8.1", routeUpload, structured("", "No file uploaded"), CodeInvalidParams},
	{"8.1", routeUpload, structured("No file uploaded", "error-no-file"), CodeInvalidParams},
	{"8.1", routeUpload, structured("", "invalid-field"), CodeInvalidParams},
	{"8.1", routeUpload, structured("Too many files in upload", "error-too-many-files"), CodeInvalidParams},
	{"8.1", routeUpload, structured("", "error-file-too-large"), CodeFileTooLarge},
	{"8.1", routeUpload, structured("File size exceeds the allowed limit", "error-file-too-large"), CodeFileTooLarge},
	{"8.1", routeUpload, `{"reason":"error-size-not-allowed","sizeAllowed":"100 MB","success":false}`, CodeFileTooLarge},
	{"8.1", routeUpload, `{"reason":"error-type-not-allowed","success":false}`, CodeFileTypeNotAllowed},
	{"8.1", routeUpload, structured("File size (size = 0) is too small (min = 0)", "file-too-small"), CodeFileEmpty},
	{"8.1", routeUpload, structured("File does not match filter", "invalid-file"), CodeFileTypeNotAllowed},
	{"8.1", routeUpload, structured("Not this one", "error-app-prevented"), "error-app-prevented"},
}

// bare is a handler's failure without a word.
const bare = `{"success":false}`

// objectError is dialect A: the exception itself.
func objectError(code, reason string) string {
	message := fmt.Sprintf("[%s]", code)
	if reason != "" {
		message = reason + " " + message
	}
	return fmt.Sprintf(`{"isClientSafe":true,"error":%q,"reason":%q,"message":%q,"errorType":"Meteor.Error","success":false}`, code, reason, message)
}

// structured is dialect B.
func structured(reason, code string) string {
	text := fmt.Sprintf("[%s]", code)
	if reason != "" {
		text = reason + " " + text
	}
	return fmt.Sprintf(`{"success":false,"error":%q,"errorType":%q}`, text, code)
}

// plain is dialect C.
func plain(text string) string { return fmt.Sprintf(`{"success":false,"error":%q}`, text) }

func (r route) told(t *testing.T, status int, contentType, body string) *Error {
	t.Helper()
	_, err := r.check(answer{status, http.Header{"Content-Type": {contentType}}, []byte(body)}, time.Unix(0, 0))
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%v", err)
	}
	return e
}

func TestEveryRefusalOfTheReferenceHasItsCode(t *testing.T) {
	for _, tt := range refusals {
		t.Run(tt.section+" "+tt.route.op+" "+tt.body, func(t *testing.T) {
			if e := tt.route.told(t, http.StatusBadRequest, "application/json", tt.body); e.Kind != KindRefused || e.Code != tt.code || e.Ambiguous {
				t.Errorf("%+v, want %q", e, tt.code)
			}
		})
	}
}

func TestACodeReadsTheSameInEveryDialect(t *testing.T) {
	for code := range knownCodes {
		if synonyms[code] != "" && synonyms[code] != code {
			t.Errorf("%s is both a code and another spelling of %s", code, synonyms[code])
		}
		for name, body := range map[string]string{
			"A":                        objectError(code, ""),
			"A with a reason":          objectError(code, "Why, in words"),
			"B":                        structured("", code),
			"B with a reason":          structured("Why, in words", code),
			"C":                        plain(code),
			"a reason alone":           fmt.Sprintf(`{"reason":%q,"success":false}`, code),
			"a message alone":          fmt.Sprintf(`{"message":%q,"success":false}`, code),
			"typed, without a bracket": fmt.Sprintf(`{"success":false,"error":"Why, in words","errorType":%q}`, code),
		} {
			if e := routeVisitor.told(t, http.StatusBadRequest, "application/json", body); e.Code != code {
				t.Errorf("%s of %s: %+v", name, code, e)
			}
		}
	}
}

// A transfer by visitors was to go with 7.0 and is seen in some 7.x: whatever the server does with it, the caller learns which (5.3).
func TestARouteThatNewerServersLackIsToldFromARefusal(t *testing.T) {
	const page = "text/html; charset=utf-8"
	for _, tt := range []struct {
		name, contentType, body string
		status                  int
		kind                    Kind
	}{
		{"the start page, as up to 7.0", page, "<!DOCTYPE html>", 200, KindUnsupported},
		{"a text, as from 7.x on", "text/plain", "Not Found", 404, KindUnsupported},
		{"nothing at all", "", "", 404, KindUnsupported},
		{"another verb of the path", "application/json", `{"status":"error","message":"API endpoint does not exist"}`, 405, KindUnsupported},
		{"a refusal where the route is still there", "application/json", plain("invalid-room"), 400, KindRefused},
		{"a proxy in the way", page, "<html>", 502, KindUnavailable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if e := routeTransfer.told(t, tt.status, tt.contentType, tt.body); e.Kind != tt.kind {
				t.Errorf("%+v, want kind %d", e, tt.kind)
			}
			if e := routeSurvey.told(t, 200, page, "<!DOCTYPE html>"); e.Kind != KindUnavailable {
				t.Errorf("a route that every server has: %+v", e)
			}
		})
	}
}
