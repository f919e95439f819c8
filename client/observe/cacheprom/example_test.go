package cacheprom_test

import (
	"context"
	"fmt"
	"log"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/client/observe/cacheprom"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

func Example() {
	g, err := nodeprocess.Start(0)
	if err != nil {
		log.Fatal(err)
	}
	defer g.Close()

	metrics := cacheprom.New(cacheprom.Options{})
	c, err := client.New(client.WithConfigFile(g.Nodes[0].Config), client.WithHooks(metrics))
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // always nil
	metrics.Watch(c)
	registry := prometheus.NewRegistry()
	registry.MustRegister(metrics)

	if err := c.Set(context.Background(), "user:42", []byte("Ann")); err != nil {
		log.Fatal(err)
	}
	families, err := registry.Gather()
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range families {
		if f.GetType().String() == "HISTOGRAM" {
			fmt.Println(f.GetName())
		}
	}
	// Output: cachegopher_client_operation_duration_seconds
}
