// Runs the Slack Web API emulator for the integration tests.
// Usage: node emulator.mjs BOT_SCOPES   (comma-separated; granted to the token xoxb-tocsin)
// Prints one JSON line with its address when ready; stops when its standard input closes, so that it can't
// outlive the test run.
import { createServer } from 'node:net'
import { createEmulator } from 'emulate'

const scopes = (process.argv[2] ?? '').split(',').filter(Boolean)

const port = await new Promise((resolve, reject) => {
  const probe = createServer().once('error', reject)
  probe.listen(0, '127.0.0.1', () => {
    const { port } = probe.address()
    probe.close(() => resolve(port))
  })
})

const url = `http://127.0.0.1:${port}`
const emulator = await createEmulator({
  service: 'slack',
  port,
  baseUrl: url,
  seed: {
    slack: {
      team: { name: 'Call centre', domain: 'callcentre' },
      users: [
        { name: 'wangfang', real_name: '王芳', email: 'wangfang@callcentre.example' },
        { name: 'lilei', real_name: '李雷', email: 'lilei@callcentre.example' },
      ],
      channels: [{ name: 'incidents', topic: 'boards' }, { name: 'old-incidents', topic: 'archived by a test' }],
      strict_scopes: true,
      tokens: [
        { token: 'xoxb-tocsin', type: 'bot', user: 'lilei', scopes },
        { token: 'xoxb-powerless', type: 'bot', user: 'lilei', scopes: ['commands'] },
        {
          token: 'xoxb-onlooker',
          type: 'test',
          user: 'wangfang',
          scopes: [
            'channels:history', 'channels:read', 'channels:manage', 'channels:write', 'im:history', 'im:read',
            'groups:history', 'groups:read', 'users:read', 'chat:write', 'files:read',
          ],
        },
      ],
    },
  },
})

process.stdout.write(JSON.stringify({ url }) + '\n')
process.stdin.resume()
process.stdin.on('end', async () => {
  await emulator.close()
  process.exit(0)
})
