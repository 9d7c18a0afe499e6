// A provider that has the schema of a real one and does nothing else. OpenTofu asks it what arguments there are; what
// resources would be like, tests say themselves (mock_provider). So `tofu validate` and `tofu test` run without the
// provider of Azure, which cannot be installed everywhere.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// The folder of the trimmed schemas, infra/azure/schema.
const folder = "RELAYKEEPER_PROVIDER_SCHEMAS"

type object = map[string]json.RawMessage

type schemas struct {
	Resources   map[string]object `json:"resources"`
	DataSources map[string]object `json:"data_sources"`
}

type provider struct {
	tfprotov6.ProviderServer // what OpenTofu does not call while everything is mocked
	schema                   *tfprotov6.GetProviderSchemaResponse
}

func main() {
	// terraform-provider-azurerm_v5.2.0 has the schema azurerm-5.2.0.json.
	name, version, _ := strings.Cut(strings.TrimPrefix(filepath.Base(os.Args[0]), "terraform-provider-"), "_v")
	schema, err := read(filepath.Join(os.Getenv(folder), fmt.Sprintf("%s-%s.json", name, version)))
	if err == nil {
		serve := func() tfprotov6.ProviderServer { return &provider{schema: schema} }
		err = tf6server.Serve("registry.opentofu.org/hashicorp/"+name, serve)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(file string) (*tfprotov6.GetProviderSchemaResponse, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var all schemas
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, err
	}
	answer := &tfprotov6.GetProviderSchemaResponse{
		ServerCapabilities: &tfprotov6.ServerCapabilities{},
		Provider:           &tfprotov6.Schema{Block: configuration()},
		ResourceSchemas:    map[string]*tfprotov6.Schema{},
		DataSourceSchemas:  map[string]*tfprotov6.Schema{},
	}
	for name, each := range all.Resources {
		answer.ResourceSchemas[name] = &tfprotov6.Schema{Block: block(each)}
	}
	for name, each := range all.DataSources {
		answer.DataSourceSchemas[name] = &tfprotov6.Schema{Block: block(each)}
	}
	return answer, nil
}

// What the configurations of infra/azure give a provider.
func configuration() *tfprotov6.SchemaBlock {
	return &tfprotov6.SchemaBlock{
		Attributes: []*tfprotov6.SchemaAttribute{
			{Name: "subscription_id", Type: tftypes.String, Optional: true},
			{Name: "storage_use_azuread", Type: tftypes.Bool, Optional: true},
		},
		BlockTypes: []*tfprotov6.SchemaNestedBlock{{
			TypeName: "features", Nesting: tfprotov6.SchemaNestedBlockNestingModeList, MaxItems: 1,
			Block: &tfprotov6.SchemaBlock{},
		}},
	}
}

func block(members object) *tfprotov6.SchemaBlock {
	made := &tfprotov6.SchemaBlock{}
	for name, member := range members {
		var attribute []string
		var nested object
		switch {
		case strings.HasPrefix(name, "_"):
		case json.Unmarshal(member, &attribute) == nil:
			made.Attributes = append(made.Attributes, attributeOf(name, attribute[0], attribute[1]))
		case json.Unmarshal(member, &nested) == nil:
			made.BlockTypes = append(made.BlockTypes, nestedBlock(name, nested))
		}
	}
	return made
}

func attributeOf(name, kind, flags string) *tfprotov6.SchemaAttribute {
	if !strings.HasPrefix(kind, "[") {
		kind = fmt.Sprintf("%q", kind)
	}
	parsed, err := tftypes.ParseJSONType([]byte(kind)) //nolint:staticcheck // no other function reads a type
	if err != nil {
		panic(fmt.Sprintf("%s has the type %s: %v", name, kind, err))
	}
	return &tfprotov6.SchemaAttribute{
		Name: name, Type: parsed,
		Required: strings.Contains(flags, "r"), Optional: strings.Contains(flags, "o"),
		Computed: strings.Contains(flags, "c"), Sensitive: strings.Contains(flags, "s"),
	}
}

var nestings = map[string]tfprotov6.SchemaNestedBlockNestingMode{
	`"single"`: tfprotov6.SchemaNestedBlockNestingModeSingle,
	`"list"`:   tfprotov6.SchemaNestedBlockNestingModeList,
	`"set"`:    tfprotov6.SchemaNestedBlockNestingModeSet,
}

func nestedBlock(name string, members object) *tfprotov6.SchemaNestedBlock {
	return &tfprotov6.SchemaNestedBlock{
		TypeName: name, Block: block(members), Nesting: nestings[string(members["_nesting"])],
		MinItems: number(members["_min"]), MaxItems: number(members["_max"]),
	}
}

func number(text json.RawMessage) (value int64) {
	if err := json.Unmarshal(text, &value); err != nil {
		panic(fmt.Sprintf("%s is no number: %v", text, err))
	}
	return value
}

func (p *provider) GetProviderSchema(context.Context, *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	return p.schema, nil
}

func (p *provider) GetMetadata(context.Context, *tfprotov6.GetMetadataRequest) (*tfprotov6.GetMetadataResponse, error) {
	return &tfprotov6.GetMetadataResponse{ServerCapabilities: p.schema.ServerCapabilities}, nil
}

func (p *provider) GetResourceIdentitySchemas(context.Context, *tfprotov6.GetResourceIdentitySchemasRequest) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov6.GetResourceIdentitySchemasResponse{}, nil
}

func (p *provider) ValidateProviderConfig(_ context.Context, asked *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse, error) {
	return &tfprotov6.ValidateProviderConfigResponse{PreparedConfig: asked.Config}, nil
}

func (p *provider) ValidateResourceConfig(context.Context, *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return &tfprotov6.ValidateResourceConfigResponse{}, nil
}

func (p *provider) ValidateDataResourceConfig(context.Context, *tfprotov6.ValidateDataResourceConfigRequest) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	return &tfprotov6.ValidateDataResourceConfigResponse{}, nil
}

func (p *provider) UpgradeResourceState(_ context.Context, asked *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	kind := p.schema.ResourceSchemas[asked.TypeName].ValueType()
	value, err := asked.RawState.UnmarshalWithOpts(kind, tfprotov6.UnmarshalOpts{})
	if err != nil {
		return nil, err
	}
	state, err := tfprotov6.NewDynamicValue(kind, value)
	return &tfprotov6.UpgradeResourceStateResponse{UpgradedState: &state}, err
}

func (p *provider) StopProvider(context.Context, *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	return &tfprotov6.StopProviderResponse{}, nil
}
