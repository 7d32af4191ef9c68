using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace HighPerf.Kafka.Protocol.Generator.Tests;

/// <summary>A spec file that is only text.</summary>
internal sealed class SpecText : AdditionalText
{
    private readonly string _text;

    public SpecText(string path, string text)
    {
        Path = path;
        _text = text;
    }

    public override string Path { get; }

    public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(_text);
}
