using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace HighPerf.Kafka.Protocol.Generator.Model;

/// <summary>What is wrong with a spec and where: line and column count from 0.</summary>
internal sealed record SpecError(string Path, int Line, int Column, int Length, string Text)
{
    public string Path { get; } = Path;

    public int Line { get; } = Line;

    public int Column { get; } = Column;

    public int Length { get; } = Length;

    public string Text { get; } = Text;

    private static readonly DiagnosticDescriptor s_badSpec = new(
        "KWIRE001",
        "Bad wire spec",
        "{0}",
        "HighPerf.Kafka.Wire",
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    public Diagnostic ToDiagnostic()
    {
        LinePositionSpan lines = new(new LinePosition(Line, Column), new LinePosition(Line, Column + Length));
        return Diagnostic.Create(s_badSpec, Location.Create(Path, new TextSpan(0, 0), lines), Text);
    }
}
