package cacheotel_test

import (
	"context"
	"fmt"
	"log"

	"go.opentelemetry.io/otel/attribute"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/client/observe/cacheotel"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

// Traces and metrics go to the providers that the application has set with otel.SetTracerProvider and
// otel.SetMeterProvider.
func Example() {
	g, err := nodeprocess.Start(0)
	if err != nil {
		log.Fatal(err)
	}
	defer g.Close()

	hooks, err := cacheotel.New(cacheotel.Options{Attributes: []attribute.KeyValue{attribute.String("cache", "users")}})
	if err != nil {
		log.Fatal(err)
	}
	c, err := client.New(client.WithConfigFile(g.Nodes[0].Config), client.WithHooks(hooks))
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()                                                    //nolint:errcheck // always nil
	fmt.Println(c.Set(context.Background(), "user:42", []byte("Ann"))) // a span and a sample
	// Output: <nil>
}
