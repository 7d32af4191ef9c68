using System.Text.RegularExpressions;

namespace HighPerf.Kafka.Testing.ConsumerGroups;

/// <summary>
/// A regular expression that a member subscribes by; it must match the whole name of a topic. Brokers use RE2; the expressions of .NET without backtracking
/// are near to it: linear in time, and neither has groups that look around or references back.
/// </summary>
internal sealed class TopicExpression
{
    private const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;

    private readonly Regex _regex;

    private TopicExpression(Regex regex) => _regex = regex;

    /// <summary>The expression; null when it is not valid, and then why.</summary>
    public static TopicExpression? TryParse(string text, out string? wrong)
    {
        wrong = null;
        try
        {
            // Alone first: a text with an unpaired parenthesis can become valid inside others.
            _ = new Regex(text, Options);
            return new TopicExpression(new Regex($@"\A(?:{text})\z", Options));
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            wrong = error.Message;
            return null;
        }
    }

    public bool Matches(string topic) => _regex.IsMatch(topic);
}
