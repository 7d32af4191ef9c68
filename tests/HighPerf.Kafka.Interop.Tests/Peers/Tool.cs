using System.Diagnostics;

namespace HighPerf.Kafka.Interop.Tests.Peers;

/// <summary>Runs a program to its end, with its input given and its output captured. One that takes too long is killed, it alone with its children.</summary>
internal static class Tool
{
    private static readonly TimeSpan UsualPatience = TimeSpan.FromSeconds(60);

    public static async Task<ToolResult> RunAsync(
        string program, IEnumerable<string> arguments, ReadOnlyMemory<byte> input = default, TimeSpan? patience = null)
    {
        TimeSpan limit = patience ?? UsualPatience;
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        string commandLine = $"{program} {string.Join(' ', start.ArgumentList)}";
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{program} does not start.");
        using CancellationTokenSource impatience = new(limit);
        using MemoryStream output = new();
        try
        {
            // All three at once: a program may answer before it has read everything.
            Task<string> error = process.StandardError.ReadToEndAsync(impatience.Token);
            Task copy = process.StandardOutput.BaseStream.CopyToAsync(output, impatience.Token);
            await WriteAsync(process, input, impatience.Token);
            await Task.WhenAll(error, copy, process.WaitForExitAsync(impatience.Token));
            return new ToolResult(commandLine, process.ExitCode, output.ToArray(), await error);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{commandLine}\ndid not end within {limit.TotalSeconds} s.");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private static async Task WriteAsync(Process process, ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input, cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading; its exit code and what it said tell why.
        }
    }
}
