import { Button, Checkbox, Group, Input } from '@mantine/core'
import classes from './ApiKeys.module.css'
import { readingScopes, scopeGroups, type Scope } from './scope-groups.ts'

type ScopePickerProps = {
  scopes: readonly Scope[]
  value: readonly string[]
  error: string | null
  onChange: (value: string[]) => void
}

/** The scopes of a key, grouped by area. Scopes that the member lacks cannot be chosen. */
export function ScopePicker({ scopes, value, error, onChange }: ScopePickerProps) {
  return (
    <fieldset className={classes.scopes}>
      <legend>Scopes</legend>
      <Group gap="xs" mb="xs">
        <Button size="xs" variant="default" onClick={() => onChange(readingScopes(scopes))}>
          All read scopes
        </Button>
        <Button size="xs" variant="default" onClick={() => onChange([])}>
          None
        </Button>
      </Group>
      {error && <Input.Error mb="xs">{error}</Input.Error>}
      <Checkbox.Group value={[...value]} onChange={onChange}>
        <div className={classes.groups}>
          {scopeGroups(scopes).map((group) => (
            <div key={group.area} role="group" aria-label={group.label}>
              <div className={classes.area}>{group.label}</div>
              {group.scopes.map(({ name, description, grantable }) => (
                <Checkbox
                  key={name}
                  value={name}
                  label={name}
                  description={
                    grantable ? description : `${description} You cannot grant it, because your role does not have it.`
                  }
                  disabled={!grantable}
                  mb={8}
                />
              ))}
            </div>
          ))}
        </div>
      </Checkbox.Group>
    </fieldset>
  )
}
