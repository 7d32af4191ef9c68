using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace HighPerf.Kafka.Architecture.Tests.Sources;

/// <summary>One file of the repository: its path from the root, with slashes, and its text.</summary>
internal sealed class SourceFile
{
    public static readonly CSharpParseOptions ParseOptions = new(LanguageVersion.Preview, DocumentationMode.None);

    private readonly Lazy<SyntaxTree> _tree;
    private readonly Lazy<string[]> _lines;

    public SourceFile(string path, string text, long length = -1)
    {
        Path = path;
        Text = text;
        Length = length < 0 ? text.Length : length;
        _tree = new Lazy<SyntaxTree>(() => CSharpSyntaxTree.ParseText(Text, ParseOptions, Path));
        _lines = new Lazy<string[]>(() => Text.Split('\n'));
    }

    public string Path { get; }

    /// <summary>The content; empty for a file that is not text.</summary>
    public string Text { get; }

    /// <summary>The size in bytes.</summary>
    public long Length { get; }

    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    public string Folder => Path.Contains('/') ? Path[..Path.LastIndexOf('/')] : "";

    public bool IsCSharp => Path.EndsWith(".cs", StringComparison.Ordinal);

    public string[] Lines => _lines.Value;

    public SyntaxTree Tree => _tree.Value;
}
