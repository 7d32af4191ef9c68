using System.Collections.Immutable;
using HighPerf.Kafka.Protocol.Generator.Emitting;
using HighPerf.Kafka.Protocol.Generator.Model;
using HighPerf.Kafka.Protocol.Generator.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace HighPerf.Kafka.Protocol.Generator;

/// <summary>
/// Makes C# of the files of protocol-specs: parse, model, emit. The model is a value, so a file that changes without changing its meaning
/// costs a parse, and no other file costs anything. The project says by the property <c>KafkaWireEmit</c> what it wants:
/// <c>Messages</c>, the classes; or <c>Json</c>, their conversion to JSON and back for tools.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class WireGenerator : IIncrementalGenerator
{
    internal const string FileExtension = ".wire";

    internal const string ParseStep = "Parse";

    internal const string MessageStep = "Message";

    internal const string CatalogStep = "Catalog";

    internal const string MessagesMode = "Messages";

    internal const string JsonMode = "Json";

    private const string EmitProperty = "build_property.KafkaWireEmit";

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        IncrementalValueProvider<string> mode = context.AnalyzerConfigOptionsProvider.Select(static (provider, _) => ModeOf(provider));

        IncrementalValuesProvider<SpecFile> files = context.AdditionalTextsProvider
            .Where(static file => file.Path.EndsWith(FileExtension, StringComparison.OrdinalIgnoreCase))
            .Select(static (file, cancellation) => SpecParser.Parse(file.Path, file.GetText(cancellation)?.ToString() ?? ""))
            .WithTrackingName(ParseStep);

        context.RegisterSourceOutput(files, static (output, file) =>
        {
            foreach (SpecError error in file.Errors)
            {
                output.ReportDiagnostic(error.ToDiagnostic());
            }
        });

        IncrementalValuesProvider<MessageSpec> messages = files.SelectMany(static (file, _) => file.Messages).WithTrackingName(MessageStep);
        context.RegisterSourceOutput(messages.Combine(mode), static (output, pair) =>
        {
            if (pair.Right == MessagesMode)
            {
                output.AddSource($"{pair.Left.Name}.g.cs", MessageEmitter.Emit(pair.Left));
            }
            else if (pair.Right == JsonMode)
            {
                output.AddSource($"{pair.Left.Name}Json.g.cs", JsonEmitter.Emit(pair.Left));
            }
        });

        IncrementalValueProvider<ImmutableArray<(int? ApiKey, MessageKind Kind, string Name)>> names = messages
            .Select(static (message, _) => (message.ApiKey, message.Kind, message.Name))
            .Collect()
            .WithTrackingName(CatalogStep);
        context.RegisterSourceOutput(names.Combine(mode), static (output, pair) =>
        {
            if (pair.Right == MessagesMode)
            {
                output.AddSource("MessageCatalog.g.cs", CatalogEmitter.Emit(pair.Left));
            }
            else if (pair.Right == JsonMode)
            {
                output.AddSource("MessageJson.g.cs", JsonEmitter.EmitCatalog(pair.Left.Select(static message => message.Name)));
            }
        });
    }

    private static string ModeOf(AnalyzerConfigOptionsProvider provider) =>
        provider.GlobalOptions.TryGetValue(EmitProperty, out string? mode) ? mode : "";
}
