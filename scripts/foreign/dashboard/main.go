// Reads a dashboard as strictly as Grafana's own schema is written, with the panels that it knows, and says what does not fit.
package main

import (
	"fmt"
	"os"

	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

func main() {
	plugins.RegisterDefaultPlugins()
	text, err := os.ReadFile(os.Args[1])
	if err == nil {
		var read dashboard.Dashboard
		err = read.UnmarshalJSONStrict(text)
		if err == nil || err.Error() == "" {
			err = read.Validate()
		}
	}
	// The SDK gives a list without an error as an error.
	if err != nil && err.Error() != "" {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
