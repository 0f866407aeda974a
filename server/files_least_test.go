package server

import (
	"testing"

	"google.golang.org/grpc/metadata"
)

func TestTheLeastSizeOfAFileIsWhatItsSenderSaysIfThatCanBeRead(t *testing.T) {
	for name, tt := range map[string]struct {
		told []string
		want int64
	}{
		"nothing":              {nil, 0},
		"a size":               {[]string{"1048576"}, 1 << 20},
		"two sizes":            {[]string{"1", "2"}, 0},
		"less than nothing":    {[]string{"-1"}, 0},
		"more than all":        {[]string{"9223372036854775808"}, 0},
		"something else":       {[]string{"large"}, 0},
		"the most that can be": {[]string{"9223372036854775807"}, 1<<63 - 1},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := metadata.NewIncomingContext(t.Context(), metadata.MD{leastSizeKey: tt.told})
			if got := leastSize(ctx); got != tt.want {
				t.Errorf("%d, want %d", got, tt.want)
			}
		})
	}
}
