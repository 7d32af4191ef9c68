using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace HighPerf.Kafka.Architecture.Tests.Sources;

/// <summary>A file that a source generator reads beside the C# sources.</summary>
internal sealed class FileText(string path, string text) : AdditionalText
{
    public override string Path => path;

    public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(text, System.Text.Encoding.UTF8);
}
