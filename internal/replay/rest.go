package replay

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// statusNotRecorded answers what the recording does not have. No server or proxy uses it.
const statusNotRecorded = 599

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/info", s.info)
	mux.HandleFunc("GET /api/v1/livechat/config", s.config)
	mux.HandleFunc("GET /api/v1/livechat/messages.history/{rid}", s.history)
	mux.HandleFunc("GET /websocket", s.realtime)
	mux.HandleFunc("/", s.call)
	return mux
}

// info answers as anonymous callers are answered: with the whole version up to 3.x, without the patch level later
// (3.4.0 login-and-setup, 6.5.3 server-info).
func (s *Server) info(w http.ResponseWriter, _ *http.Request) {
	version := s.recording.Version
	if s.recording.atLeast(4, 0) {
		version = version[:strings.LastIndex(version, ".")]
	}
	answer(w, http.StatusOK, object{"version": version, "success": true})
}

func (s *Server) config(w http.ResponseWriter, req *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	token := req.URL.Query().Get("token")
	if token != "" && token != s.recording.Token {
		s.refuse(w, req, "another token")
		return
	}
	answer(w, http.StatusOK, s.renamedDocument(s.recording.config(s.now, token != "")))
}

func (s *Server) history(w http.ResponseWriter, req *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	query := req.URL.Query()
	if query.Get("token") != s.recording.Token || req.PathValue("rid") != s.recording.RoomID {
		s.refuse(w, req, "another token or room")
		return
	}
	limit, badLimit := number(query.Get("limit"))
	offset, badOffset := number(query.Get("offset"))
	if badLimit != nil || badOffset != nil {
		s.refuse(w, req, "limit or offset is not a number")
		return
	}
	var end time.Time
	if text := query.Get("end"); text != "" {
		t, err := time.Parse(time.RFC3339, text)
		if err != nil {
			s.refuse(w, req, "end is not a date")
			return
		}
		end = t
	}
	messages := s.recording.history(s.now, limit, offset, end)
	if messages == nil {
		messages = []object{}
	}
	answer(w, http.StatusOK, s.renamedDocument(object{"messages": messages, "success": true}))
}

// call answers the visitor's call that the recording has at this moment, and nothing else.
func (s *Server) call(w http.ResponseWriter, req *http.Request) {
	raw, err := io.ReadAll(req.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.refuse(w, req, "the body cannot be read")
		return
	}
	if s.pending == nil {
		s.refuse(w, req, "no call is recorded here")
		return
	}
	recorded := *s.pending
	want, err := url.Parse(recorded.Request.Path)
	if err != nil || req.Method != recorded.Request.Method || req.URL.Path != want.Path || !reflect.DeepEqual(req.URL.Query(), want.Query()) {
		s.refuse(w, req, "the recording has "+recorded.Request.Method+" "+want.Path)
		return
	}
	var got object
	if len(raw) > 0 && json.Unmarshal(raw, &got) != nil {
		s.refuse(w, req, "the body is not an object")
		return
	}
	id, _ := got["_id"].(string)
	delete(got, "_id") // a client may name its message; the recorded one did not
	if !reflect.DeepEqual(got, recorded.body()) {
		s.refuse(w, req, "the body is another than the recorded one")
		return
	}
	var stored struct {
		Message struct {
			ID string `json:"_id"`
		} `json:"message"`
	}
	if json.Unmarshal(recorded.Response.JSON, &stored) == nil && id != "" && stored.Message.ID != "" {
		s.renamed[stored.Message.ID] = id
	}
	s.concludeCall(true)
	answer(w, recorded.Response.Status, s.rename(recorded.Response.JSON))
}

// refuse answers so that no client takes it for anything else, and keeps the failure for the test, without the visitor's token,
// which upstream's routes have in the query or in the path.
func (s *Server) refuse(w http.ResponseWriter, req *http.Request, why string) {
	path := strings.ReplaceAll(req.URL.Path, s.recording.Token, "TOKEN")
	s.fail("%s %s at %d ms: %s", req.Method, path, s.now, why)
	answer(w, statusNotRecorded, object{"success": false, "error": "replay: " + why})
}

func (s *Server) renamedDocument(doc object) []byte {
	raw, _ := json.Marshal(doc) // it was made of JSON
	return s.rename(raw)
}

func answer(w http.ResponseWriter, status int, body any) {
	raw, ok := body.([]byte)
	if !ok {
		raw, _ = json.Marshal(body)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(raw) // a client that has gone is the client's affair
}

func number(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	return strconv.Atoi(text)
}
