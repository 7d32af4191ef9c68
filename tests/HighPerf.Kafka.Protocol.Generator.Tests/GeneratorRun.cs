using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace HighPerf.Kafka.Protocol.Generator.Tests;

/// <summary>Runs the generator as a compiler would, on specs given as text.</summary>
internal static class GeneratorRun
{
    /// <summary>A driver that tracks its steps.</summary>
    public static GeneratorDriver Driver(string mode, params (string Path, string Text)[] specs) => CSharpGeneratorDriver.Create(
        [new WireGenerator().AsSourceGenerator()],
        specs.Select(static spec => new SpecText(spec.Path, spec.Text)),
        (CSharpParseOptions)EmptyCompilation().SyntaxTrees[0].Options,
        new ModeOptions(mode),
        new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));

    public static GeneratorRunResult Run(string mode, params (string Path, string Text)[] specs) =>
        Driver(mode, specs).RunGenerators(EmptyCompilation()).GetRunResult().Results.Single();

    /// <summary>The errors of one spec, as "line:column text" counted from 1.</summary>
    public static string[] Errors(string spec) =>
        [.. Run(WireGenerator.MessagesMode, ("specs/Test.wire", spec)).Diagnostics.Select(Describe)];

    public static CSharpCompilation EmptyCompilation() => Compile("Sample", "");

    /// <summary>A compilation against the framework and whatever else the tests have loaded.</summary>
    public static CSharpCompilation Compile(string name, params string[] sources) => CSharpCompilation.Create(
        name,
        sources.Select(static source => CSharpSyntaxTree.ParseText(source, new CSharpParseOptions(LanguageVersion.Preview))),
        Platform,
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable));

    private static ImmutableArray<MetadataReference> Platform { get; } =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(static path => !Path.GetFileName(path).StartsWith("HighPerf.", StringComparison.Ordinal))
            .Select(static path => MetadataReference.CreateFromFile(path)),
    ];

    private static string Describe(Diagnostic diagnostic)
    {
        Assert.Equal("KWIRE001", diagnostic.Id);
        Assert.Equal(DiagnosticSeverity.Error, diagnostic.Severity);
        FileLinePositionSpan span = diagnostic.Location.GetLineSpan();
        Assert.Equal("specs/Test.wire", span.Path);
        return $"{span.StartLinePosition.Line + 1}:{span.StartLinePosition.Character + 1} {diagnostic.GetMessage()}";
    }
}
