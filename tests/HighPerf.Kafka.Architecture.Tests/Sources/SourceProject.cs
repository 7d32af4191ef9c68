using Microsoft.CodeAnalysis.CSharp;

namespace HighPerf.Kafka.Architecture.Tests.Sources;

/// <summary>One project of src with its files and what the compiler makes of them.</summary>
internal sealed record SourceProject(string Name, IReadOnlyList<SourceFile> Files, CSharpCompilation Compilation);
