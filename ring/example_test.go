package ring_test

import (
	"fmt"

	"github.com/cachegopher/cachegopher/ring"
)

func Example() {
	r, err := ring.New([]ring.Group{{ID: "server_A1"}, {ID: "server_B1"}})
	if err != nil {
		panic(err)
	}
	for _, key := range []string{"user:1", "user:2", "user:3"} {
		fmt.Println(key, "is in", r.Group(r.Locate(key)).ID)
	}
	// Output:
	// user:1 is in server_A1
	// user:2 is in server_A1
	// user:3 is in server_B1
}

func ExampleDiff() {
	now, err := ring.New([]ring.Group{{ID: "A1"}, {ID: "B1"}, {ID: "C1"}})
	if err != nil {
		panic(err)
	}
	next, err := ring.New([]ring.Group{{ID: "A1"}, {ID: "B1"}, {ID: "C1"}, {ID: "D1"}})
	if err != nil {
		panic(err)
	}
	plan := ring.Diff(now, next)
	fmt.Printf("%.1f%% of the keys move\n", 100*plan.Share())
	for _, m := range plan.Moves {
		fmt.Printf("%s -> %s: %d slots\n", m.From, m.To, m.Slots)
	}
	// Output:
	// 25.3% of the keys move
	// A1 -> D1: 1401 slots
	// B1 -> D1: 1372 slots
	// C1 -> D1: 1323 slots
	// C1 -> A1: 23 slots
	// C1 -> B1: 19 slots
	// B1 -> A1: 12 slots
}
