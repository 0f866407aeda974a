// Command openapi completes the generated OpenAPI document with what the contract cannot say: the routes that are served by hand, the
// document's title, and how callers show who they are.
//
//	go run ./openapi DOCUMENT ROUTES REASONS
//
// ROUTES is a part of an OpenAPI document. Its paths replace those of the same name in DOCUMENT, its definitions are added, and every
// other member of it stands in for DOCUMENT's. REASONS is the proto file of the contract's ErrorReason. DOCUMENT is rewritten; doing it
// twice changes nothing more.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: openapi DOCUMENT ROUTES REASONS")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "openapi:", err)
		os.Exit(1)
	}
}

func run(documentPath, routesPath, reasonsPath string) error {
	document, err := os.ReadFile(documentPath)
	if err != nil {
		return err
	}
	routes, err := os.ReadFile(routesPath)
	if err != nil {
		return err
	}
	reasons, err := os.ReadFile(reasonsPath)
	if err != nil {
		return err
	}
	merged, err := merge(document, routes, reasons)
	if err != nil {
		return err
	}
	return os.WriteFile(documentPath, merged, 0o644)
}

// merge returns the document with the routes and the reasons in it, its members in alphabetical order.
func merge(document, routes, reasons []byte) ([]byte, error) {
	into, err := decode(document)
	if err != nil {
		return nil, fmt.Errorf("read the document: %w", err)
	}
	from, err := decode(routes)
	if err != nil {
		return nil, fmt.Errorf("read the routes: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(from)) {
		if name != "paths" && name != "definitions" {
			into[name] = from[name]
			continue
		}
		members, ok := from[name].(map[string]any)
		if !ok {
			return nil, fmt.Errorf("the routes' %s is not an object", name)
		}
		present, ok := into[name].(map[string]any)
		if !ok {
			return nil, fmt.Errorf("the document's %s is not an object", name)
		}
		maps.Copy(present, members)
	}
	definitions, ok := into["definitions"].(map[string]any)
	if !ok {
		return nil, errors.New("the document has no definitions")
	}
	if err := addReasons(definitions, reasons); err != nil {
		return nil, err
	}
	if missing := danglingRefs(into, into); len(missing) > 0 {
		return nil, errors.New("nothing is defined as " + strings.Join(missing, ", "))
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(into); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func decode(raw []byte) (map[string]any, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var v map[string]any
	err := decoder.Decode(&v)
	return v, err
}

// danglingRefs returns the references within v that lead to no definition of the document, sorted, each once.
func danglingRefs(document map[string]any, v any) []string {
	var missing []string
	switch v := v.(type) {
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok {
			definitions, _ := document["definitions"].(map[string]any)
			name, local := strings.CutPrefix(ref, "#/definitions/")
			if _, defined := definitions[name]; !local || !defined {
				missing = append(missing, ref)
			}
		}
		for _, member := range v {
			missing = append(missing, danglingRefs(document, member)...)
		}
	case []any:
		for _, member := range v {
			missing = append(missing, danglingRefs(document, member)...)
		}
	}
	slices.Sort(missing)
	return slices.Compact(missing)
}
