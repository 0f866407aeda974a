package sandbox_test

import play "github.com/rocketline/rocketline/sandbox/internal/replay"

// expected are the scenarios that the sandbox claims to play, with the differences that are known, each with its reason. A
// scenario that is not listed is only reported.
var expected = map[string]play.Claim{}
