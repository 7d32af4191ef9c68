using HighPerf.Kafka.Architecture.Tests.Sources;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using System.Text.RegularExpressions;

namespace HighPerf.Kafka.Architecture.Tests.Rules;

/// <summary>No marks of unfinished work, no sleeping tests, no silenced warning without its reason beside it.</summary>
internal static partial class UnfinishedRule
{
    public static IEnumerable<Violation> Marks(IEnumerable<SourceFile> files) =>
        Search(files, Mark(), match => $"\"{match}\" marks unfinished work");

    /// <summary>Waiting for a fixed time makes a test slow or flaky; it should wait for what it needs.</summary>
    public static IEnumerable<Violation> Sleeps(IEnumerable<SourceFile> testFiles)
    {
        foreach (SourceFile file in testFiles)
        {
            foreach (MemberAccessExpressionSyntax access in file.Tree.GetRoot().DescendantNodes().OfType<MemberAccessExpressionSyntax>())
            {
                if (access.ToString() is "Thread.Sleep" or "Task.Delay")
                {
                    int line = access.GetLocation().GetLineSpan().StartLinePosition.Line + 1;
                    yield return new Violation(file.Path, line, $"{access}: a test waits for an event, or on virtual time");
                }
            }
        }
    }

    public static IEnumerable<Violation> Pragmas(IEnumerable<SourceFile> files)
    {
        foreach (SourceFile file in files)
        {
            for (int i = 0; i < file.Lines.Length; i++)
            {
                string line = file.Lines[i].Trim();
                bool hasReason = line.Contains("//", StringComparison.Ordinal)
                    || (i > 0 && file.Lines[i - 1].TrimStart().StartsWith("//", StringComparison.Ordinal));
                if (Pragma().IsMatch(line) && !hasReason)
                {
                    yield return new Violation(file.Path, i + 1, "a warning is disabled without a reason beside it");
                }
            }
        }
    }

    private static IEnumerable<Violation> Search(IEnumerable<SourceFile> files, Regex pattern, Func<string, string> message)
    {
        foreach (SourceFile file in files)
        {
            for (int i = 0; i < file.Lines.Length; i++)
            {
                if (pattern.Match(file.Lines[i]) is { Success: true } match)
                {
                    yield return new Violation(file.Path, i + 1, message(match.Value));
                }
            }
        }
    }

    // The words are split, so that this file does not hold them.
    [GeneratedRegex(@"\b(T[O]DO|F[I]XME|H[A]CK|X[X]X|Not[I]mplementedException)\b")]
    private static partial Regex Mark();

    [GeneratedRegex(@"^#pragma warning d[i]sable|^\[.*SuppressMessage\((?!.*Justification)")]
    private static partial Regex Pragma();
}
