package gateway

import (
	"mime"
	"strconv"
	"strings"

	"google.golang.org/grpc/codes"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// The forms that an event stream comes in, by media type; the first is the one for callers that do not mind.
var streamTypes = []string{"text/event-stream", "application/x-ndjson"}

// negotiateStream picks a stream's media type from the Accept header: the one with the highest q, of equals the one that is named
// rather than covered by a wildcard, of equals server-sent events.
func negotiateStream(accept []string) (string, error) {
	header := strings.Join(accept, ",")
	if strings.TrimSpace(header) == "" {
		return streamTypes[0], nil
	}
	best, bestQ, bestNamed := "", 0.0, 0
	for _, mediaType := range streamTypes {
		q, named := quality(header, mediaType)
		if q > bestQ || q == bestQ && q > 0 && named > bestNamed {
			best, bestQ, bestNamed = mediaType, q, named
		}
	}
	if best == "" {
		return "", refuse(codes.InvalidArgument, livechatv1.ErrorReason_ERROR_REASON_NOT_ACCEPTABLE,
			"this route answers "+strings.Join(streamTypes, " or "))
	}
	return best, nil
}

// quality returns the q of the header's most specific range that covers the media type, and how specific that is: 3 for the type
// itself, 2 for its family, 1 for everything, 0 for none.
func quality(header, mediaType string) (q float64, specific int) {
	family, _, _ := strings.Cut(mediaType, "/")
	for item := range strings.SplitSeq(header, ",") {
		name, params, err := mime.ParseMediaType(item)
		if err != nil {
			continue
		}
		level := map[string]int{mediaType: 3, family + "/*": 2, "*/*": 1}[name]
		if level <= specific {
			continue
		}
		specific, q = level, 1
		if s, ok := params["q"]; ok {
			if q, err = strconv.ParseFloat(s, 64); err != nil || !(q >= 0 && q <= 1) {
				q = 0
			}
		}
	}
	return q, specific
}
