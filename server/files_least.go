package server

import (
	"context"
	"strconv"

	"google.golang.org/grpc/metadata"
)

// leastSizeKey is the metadata in which whoever uploads a file may say of how many bytes it is at the least, where it does not know
// more. The gateway knows so much from the length of a form: in that, a few bytes may or may not stand behind the file.
const leastSizeKey = "x-file-at-least"

// leastSize is what leastSizeKey says; 0 if nothing that can be read. A caller that says too much is refused its own file.
func leastSize(ctx context.Context) int64 {
	md, _ := metadata.FromIncomingContext(ctx)
	told := md.Get(leastSizeKey)
	if len(told) != 1 {
		return 0
	}
	size, err := strconv.ParseUint(told[0], 10, 63)
	if err != nil {
		return 0
	}
	return int64(size)
}
