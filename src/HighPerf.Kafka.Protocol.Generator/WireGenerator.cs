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

        // A name that two files define is told once, and neither is emitted.
        IncrementalValueProvider<EquatableArray<SpecError>> twins = files
            .SelectMany(static (file, _) => file.Origins)
            .Collect()
            .Select(static (origins, _) => new EquatableArray<SpecError>(MessageOrigin.FindTwins(origins)));
        context.RegisterSourceOutput(files, static (output, file) => Report(output, file.Errors));
        context.RegisterSourceOutput(twins, static (output, errors) => Report(output, errors));

        IncrementalValuesProvider<MessageSpec> messages = files.SelectMany(static (file, _) => file.Messages).WithTrackingName(MessageStep);
        context.RegisterSourceOutput(messages.Combine(mode.Combine(twins)), static (output, pair) =>
        {
            (MessageSpec message, (string mode, EquatableArray<SpecError> twins)) = pair;
            if (twins.Count == 0)
            {
                EmitMessage(output, message, mode);
            }
        });

        IncrementalValueProvider<ImmutableArray<(int? ApiKey, MessageKind Kind, string Name)>> names = messages
            .Select(static (message, _) => (message.ApiKey, message.Kind, message.Name))
            .Collect()
            .WithTrackingName(CatalogStep);
        context.RegisterSourceOutput(names.Combine(mode), static (output, pair) => EmitCatalog(output, pair.Left, pair.Right));
    }

    private static void EmitMessage(SourceProductionContext output, MessageSpec message, string mode)
    {
        if (mode == MessagesMode)
        {
            output.AddSource($"{message.Name}.g.cs", MessageEmitter.Emit(message));
        }
        else if (mode == JsonMode)
        {
            output.AddSource($"{message.Name}Json.g.cs", JsonEmitter.Emit(message));
        }
    }

    private static void EmitCatalog(SourceProductionContext output, ImmutableArray<(int? ApiKey, MessageKind Kind, string Name)> messages, string mode)
    {
        if (mode == MessagesMode)
        {
            output.AddSource("MessageCatalog.g.cs", CatalogEmitter.Emit(messages));
        }
        else if (mode == JsonMode)
        {
            output.AddSource("MessageJson.g.cs", JsonEmitter.EmitCatalog(messages.Select(static message => message.Name)));
        }
    }

    private static void Report(SourceProductionContext output, EquatableArray<SpecError> errors)
    {
        foreach (SpecError error in errors)
        {
            output.ReportDiagnostic(error.ToDiagnostic());
        }
    }

    private static string ModeOf(AnalyzerConfigOptionsProvider provider) =>
        provider.GlobalOptions.TryGetValue(EmitProperty, out string? mode) ? mode : "";
}
